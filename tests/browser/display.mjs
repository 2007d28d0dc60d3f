// A browser as a display: drawn at its own size, told of each sale, and keeping its picture while the box is away.
// Usage: node display.mjs CHROMIUM CONSOLE CARD. Prints one line of JSON for each thing seen, and goes on when it is
// given a line: the test sells, stops and starts the box meanwhile.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [executablePath, home, card] = process.argv.slice(2);
const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const browser = await chromium.launch({ executablePath, headless: true, args: flags });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const complaints = [];

async function tell(seen) {
  console.log(JSON.stringify(seen));
  await lines.next();
}

try {
  const context = await browser.newContext({ viewport: { width: 800, height: 480 }, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  page.on("pageerror", (fault) => complaints.push(String(fault)));
  await page.goto(`${home}/console/pair?card=${card}`);
  await page.getByRole("button", { name: "Pair" }).click();
  await page.waitForURL("**/console");
  await page.goto(`${home}/display`);

  const frame = page.locator(".frame"), lost = page.locator(".lost");
  const size = () => frame.evaluate((image) => [image.naturalWidth, image.naturalHeight]);
  const source = () => frame.getAttribute("src");
  const another = (than) => page.waitForFunction(
    (src) => ![null, src].includes(document.querySelector(".frame[src*='frame=']")?.getAttribute("src") ?? null), than);

  await another("");
  const drawn = await source();
  await tell({ size: await size() });

  await another(drawn);
  const sold = await source();
  await tell({ sold: sold !== drawn });

  await page.setViewportSize({ width: 390, height: 844 });
  await another(sold);
  await tell({ size: await size() });

  await context.setOffline(true);
  await lost.waitFor({ state: "visible" });
  await tell({ offline: await lost.innerText(), size: await size() });

  await context.setOffline(false);
  await lost.waitFor({ state: "hidden", timeout: 60000 });
  await tell({ online: true });

  await lost.waitFor({ state: "visible" });
  await tell({ stopped: await lost.innerText(), size: await size() });

  await lost.waitFor({ state: "hidden", timeout: 60000 });
  await tell({ back: true, complaints });
} finally {
  await browser.close();
}
