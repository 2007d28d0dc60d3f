// The organizer at the collector: logs in, walks every page, answers a case, downloads the table, logs out.
// Usage: node collector.mjs CHROMIUM ADDRESS SECRET FOLDER WIDTH. Prints one JSON object: what each page said.
// Files go into FOLDER: sales.csv, the case's receipts, and a picture of each page.
import { chromium } from "playwright-core";
import path from "node:path";

const [executablePath, address, secret, folder, width] = process.argv.slice(2);
const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const screen = { viewport: { width: Number(width), height: 844 }, javaScriptEnabled: false };
const browser = await chromium.launch({ executablePath, headless: true, args: flags });
const complaints = [];
const said = {};

async function enter(page) {
  await page.goto(address);
  await page.waitForURL("**/login");
  await page.getByLabel("Secret").fill(secret);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL(`${address}/`);
}

async function look(page, name) {
  await page.screenshot({ path: path.join(folder, `${name.toLowerCase()}.png`), fullPage: true });
  const wide = await page.locator("html").evaluate((all) => all.scrollWidth);
  said[name] = { text: await page.locator("main").innerText(), wide };
}

async function walk(page) {
  for (const name of ["Sales", "Stock", "Boxes", "Owed", "Cases", "Exports"]) {
    await page.locator("nav.tabs").getByRole("link", { name }).click();
    await look(page, name);
  }
  await page.locator("nav.tabs").getByRole("link", { name: "Boxes" }).click();
  await page.getByRole("link", { name: "See its entries" }).first().click();
  await look(page, "Ledger");
}

async function save(page, link, name) {
  const coming = page.waitForEvent("download");
  await link.click();
  await (await coming).saveAs(path.join(folder, name));
}

async function resolve(page) {
  await page.locator("nav.tabs").getByRole("link", { name: "Cases" }).click();
  await page.locator("main").getByRole("link").first().click();
  await look(page, "Case");
  for (const at of [0, 1]) {
    await save(page, page.getByRole("link", { name: "Receipt" }).nth(at), `exhibit-${at + 1}.tlog-proof`);
  }
  await page.getByLabel("One buyer gets the money back").check();
  await page.getByRole("button", { name: "Keep this answer" }).click();
  await page.waitForURL("**/cases");
  await look(page, "Resolved");
}

try {
  const context = await browser.newContext(screen);
  const page = await context.newPage();
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (fault) => complaints.push(String(fault)));
  await enter(page);
  await walk(page);
  await resolve(page);
  await page.locator("nav.tabs").getByRole("link", { name: "Exports" }).click();
  await save(page, page.getByRole("link", { name: "sales.csv" }), "sales.csv");
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("**/login");
  console.log(JSON.stringify({ said, complaints }));
} finally {
  await browser.close();
}
