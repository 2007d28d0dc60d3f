// Purchases from the first tap to the archive, all at once, each with a stall owner's phone and a buyer's of its own.
// Usage: node journey.mjs CHROMIUM, and on stdin a list of {way, console, shop, folder, width, script, token}. Prints a
// JSON object a line. `way`: see WAYS. `console` may be the owner card's link. The archive is `folder`/archive.zip.
import { createInterface } from "node:readline";
import path from "node:path";
import { launch, phone } from "./phone.mjs";

const plans = JSON.parse((await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next()).value);
const browser = await launch(process.argv[2]);

const pages = [];

async function open(plan) {
  const page = await phone(browser, { width: plan.width, script: plan.script, locale: "en" });
  page.setDefaultTimeout(60_000);
  page.plan = plan;
  pages.push(page);
  return page;
}

async function sell(plan) {
  const till = await open(plan);
  await till.goto(plan.console);
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

async function type(buyer, label, text) {
  await buyer.getByLabel(label).fill(text);
  await buyer.getByRole("button", { name: "Open", exact: true }).tap();
}

async function redeem(buyer, text) {
  await buyer.getByRole("link", { name: "A code, a voucher or a payment link instead" }).tap();
  await type(buyer, "Number, code, voucher or link", text);
}

/** How a buyer in the shop comes to a claim. */
const WAYS = {
  async number(buyer, plan) {
    await type(buyer, "Number on the screen", await sell(plan));
  },
  async code(buyer, plan) { // of a claim that another phone has opened
    const other = await open(plan);
    await other.goto(plan.shop);
    await WAYS.number(other, plan);
    await redeem(buyer, await other.locator("p.code").innerText());
  },
  async token(buyer, plan) {
    await redeem(buyer, plan.token);
  },
  async voucher(buyer, plan) { // its picture, scanned
    await buyer.goto(new URL(`/t/${plan.token}`, plan.shop).href);
    await buyer.getByRole("button", { name: "Redeem it now" }).tap();
  },
  async free(buyer) {
    await buyer.getByRole("button", { name: "Take a free copy" }).tap();
  },
};

async function download(buyer, folder) {
  await buyer.waitForURL(/\/c\//);
  const coming = buyer.waitForEvent("download");
  await buyer.getByRole("link", { name: "Download everything" }).tap();
  const archive = await coming;
  await archive.saveAs(path.join(folder, "archive.zip"));
  return archive.suggestedFilename();
}

async function go(plan) {
  const buyer = await open(plan);
  const heard = await listen(buyer);
  await buyer.goto(plan.shop);
  await WAYS[plan.way](buyer, plan);
  const file = await download(buyer, plan.folder);
  const stamp = await buyer.locator(".number").innerText();
  const complaints = pages.filter((page) => page.plan === plan).flatMap((page) => page.complaints);
  return { file, stamp, claim: buyer.url(), heard, complaints };
}

try {
  for (const bought of await Promise.all(plans.map(go))) console.log(JSON.stringify(bought));
} finally {
  await browser.close();
}
