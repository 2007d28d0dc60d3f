// One purchase at phone size: sell on the console, type the pickup number in the shop, download the archive.
// Usage: node buy.mjs CHROMIUM CONSOLE SHOP FOLDER. CONSOLE may be the owner card's link. Prints one JSON object.
// Files go into FOLDER: archive.zip and the pictures console.png, sold.png, shop.png, claim.png.
import { chromium } from "playwright-core";
import path from "node:path";

const [executablePath, start, shop, folder] = process.argv.slice(2);
const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const browser = await chromium.launch({ executablePath, headless: true, args: flags });
const complaints = [];

async function open(address) {
  const context = await browser.newContext({ ...phone, ignoreHTTPSErrors: true, javaScriptEnabled: false });
  const page = await context.newPage();
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (fault) => complaints.push(String(fault)));
  page.picture = (name) => page.screenshot({ path: path.join(folder, name) });
  await page.goto(address);
  return page;
}

async function pair(till) {
  await till.getByLabel("What shall we call this phone?").fill("Test phone");
  await till.getByRole("button", { name: "Pair" }).tap();
  await till.waitForURL("**/console");
}

async function sell(till) {
  await till.picture("console.png");
  await till.getByRole("button", { name: "Sell for cash" }).tap();
  const number = await till.locator(".pickup").innerText();
  await till.picture("sold.png");
  await till.getByRole("link", { name: "Next" }).tap();
  return number.trim();
}

async function collect(buyer, number) {
  await buyer.picture("shop.png");
  await buyer.getByLabel("Number on the screen").fill(number);
  await buyer.getByRole("button", { name: "Open" }).tap();
  await buyer.waitForURL(/\/c\//);
  await buyer.picture("claim.png");
  const coming = buyer.waitForEvent("download");
  await buyer.getByRole("link", { name: "Download everything" }).tap();
  const download = await coming;
  await download.saveAs(path.join(folder, "archive.zip"));
  return { file: download.suggestedFilename(), stamp: await buyer.locator(".stamp").innerText() };
}

try {
  const till = await open(start);
  if (await till.getByRole("button", { name: "Pair" }).count()) await pair(till);
  const number = await sell(till);
  const got = await collect(await open(shop), number);
  await till.getByRole("link", { name: "Sales" }).tap();
  const sales = await till.locator("main").innerText();
  console.log(JSON.stringify({ number, ...got, sales, complaints }));
} finally {
  await browser.close();
}
