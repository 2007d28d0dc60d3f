// A card payment with the script on: out to the reader's app, back by the address that the app opens from elsewhere.
// Usage: node card.mjs CHROMIUM CONSOLE CARD ELSEWHERE. Prints one JSON object.
// ELSEWHERE is an address of another site whose page the browser comes back from, as it would from an app.
import { chromium } from "playwright-core";

const [executablePath, home, card, elsewhere] = process.argv.slice(2);
const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, ignoreHTTPSErrors: true };

const browser = await chromium.launch({ executablePath, headless: true, args: flags });
const complaints = [];

async function comeBack(page, address) {
  const cookies = [];
  page.on("request", async (request) => {
    if (!request.url().includes("/card/")) return;
    const headers = await request.allHeaders();
    cookies.push([request.method(), "cookie" in headers]);
  });
  await page.goto(`${elsewhere}/#${encodeURIComponent(address)}`);
  await page.evaluate((to) => { location.href = to; }, address);
  await page.waitForURL("**/finish");
  return cookies;
}

try {
  const page = await (await browser.newContext(phone)).newPage();
  page.on("pageerror", (fault) => complaints.push(String(fault)));
  await page.goto(`${home}/console/pair?card=${card}`);
  await page.getByRole("button", { name: "Pair" }).tap();
  await page.waitForURL("**/console");
  await page.getByRole("button", { name: "Sell by card" }).tap();
  await page.waitForURL("**/console/card/*");
  const link = await page.getByRole("link", { name: "Open SumUp" }).getAttribute("href");
  const back = new URL(link).searchParams.get("callbacksuccess");
  const cookies = await comeBack(page, `${back}?smp-status=success&smp-tx-code=TAB12345`);
  const stamp = await page.locator(".stamp").innerText();
  console.log(JSON.stringify({ link, cookies, stamp, complaints }));
} finally {
  await browser.close();
}
