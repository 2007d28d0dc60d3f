// A purchase from the first tap to the archive: sell on the console, type the pickup number in the shop, download.
// Usage: node journey.mjs CHROMIUM, and on stdin {console, shop, folder, width, script, fast}. Prints one JSON object.
// `console` may be the owner card's link. Files go into `folder`: archive.zip, and pictures if `pictures`.
import { createInterface } from "node:readline";
import path from "node:path";
import { launch, phone } from "./phone.mjs";

const plan = JSON.parse((await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next()).value);
const browser = await launch(process.argv[2]);
const pages = [];

async function open(address, script) {
  const page = await phone(browser, { width: plan.width, script, locale: "en" });
  page.setDefaultTimeout(60_000);
  pages.push(page);
  await page.goto(address);
  return page;
}

async function sell(till) {
  const pair = till.getByRole("button", { name: "Pair" });
  if (await pair.count()) {
    await till.getByLabel("What shall we call this phone?").fill("Test phone");
    await pair.tap();
    await till.waitForURL("**/console");
  }
  await till.getByRole("button", { name: "Sell for cash" }).tap();
  const number = await till.locator(".pickup").innerText();
  await till.getByRole("link", { name: "Next" }).tap();
  await till.getByRole("button", { name: "Sell for cash" }).waitFor();
  return number.trim();
}

/** What the status line under the archive's button said, each sentence once. */
function listen(buyer) {
  const heard = [];
  return buyer.exposeBinding("heard", (_source, text) => { if (text && !heard.includes(text)) heard.push(text); })
    .then(() => buyer.addInitScript(() => {
      addEventListener("DOMContentLoaded", () => {
        const line = document.querySelector("[data-going] [role=status]");
        if (line) new MutationObserver(() => window.heard(line.textContent)).observe(line, { childList: true, characterData: true, subtree: true });
      });
    })).then(() => heard);
}

async function collect(buyer, number) {
  await buyer.getByLabel("Number on the screen").fill(number);
  await buyer.getByRole("button", { name: "Open", exact: true }).tap();
  await buyer.waitForURL(/\/c\//);
  const coming = buyer.waitForEvent("download");
  await buyer.getByRole("link", { name: "Download everything" }).tap();
  const download = await coming;
  await download.saveAs(path.join(plan.folder, "archive.zip"));
  return download.suggestedFilename();
}

try {
  const till = await open(plan.console, plan.script);
  const number = await sell(till);
  const buyer = await open("about:blank", plan.script);
  const heard = await listen(buyer);
  await buyer.goto(plan.shop);
  const file = await collect(buyer, number);
  await till.getByRole("link", { name: "Sales" }).tap();
  await till.waitForURL("**/console/sales");
  const sales = await till.locator("main").innerText();
  const stamp = await buyer.locator(".number").innerText();
  const complaints = pages.flatMap((page) => page.complaints);
  console.log(JSON.stringify({ number, file, stamp, claim: buyer.url(), sales, heard, complaints }));
} finally {
  await browser.close();
}
