// A card payment with the script on: out to the reader's app, back by the address that the app opens from elsewhere.
// Usage: node card.mjs CHROMIUM CONSOLE CARD ELSEWHERE. Prints one JSON object.
// ELSEWHERE is an address of another site whose page the browser comes back from, as it would from an app.
import { launch, phone } from "./phone.mjs";

const [executablePath, home, card, elsewhere] = process.argv.slice(2);
const browser = await launch(executablePath);
const meant = `asks another site: ${elsewhere}`;

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
  const page = await phone(browser, { locale: "en" });
  await page.goto(`${home}/console/pair?card=${card}`);
  await page.getByRole("button", { name: "Pair" }).tap();
  await page.waitForURL("**/console");
  await page.getByRole("button", { name: "Sell by card" }).tap();
  await page.waitForURL("**/console/card/*");
  const link = await page.getByRole("link", { name: "Open SumUp" }).getAttribute("href");
  const back = new URL(link).searchParams.get("callbacksuccess");
  const cookies = await comeBack(page, `${back}?smp-status=success&smp-tx-code=TAB12345`);
  const stamp = await page.locator(".stamp").innerText();
  const complaints = page.complaints.filter((text) => !text.startsWith(meant));
  console.log(JSON.stringify({ link, cookies, stamp, complaints }));
} finally {
  await browser.close();
}
