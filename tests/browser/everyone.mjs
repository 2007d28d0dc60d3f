// Everyone at a stall at once: two buyers, two stall owners and the stall's screen, all open while the owners sell.
// Usage: node everyone.mjs CHROMIUM BOX FOLDER. Prints one JSON object; the screen's pictures go into FOLDER.
// Times are milliseconds from the box's answer to the sale (the last one of several) to what stands on the page.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { launch, phone } from "./phone.mjs";

const [executablePath, box, folder] = process.argv.slice(2);
const PATIENCE_MS = 10_000;
const browser = await launch(executablePath);
const later = (ms) => new Promise((done) => setTimeout(done, ms));

async function open(address, options) {
  const page = await phone(browser, options);
  page.setDefaultTimeout(PATIENCE_MS);
  page.notes = [];
  page.pictures = new Map(); // what a screen is sent, by address
  page.on("response", (answer) => { if (answer.url().includes("frame=")) page.pictures.set(answer.url(), answer.body()); });
  await page.exposeBinding("note", (_source, at, text) => page.notes.push({ at, text }));
  await page.addInitScript(() => {
    const places = "[data-stock], [data-said=harbour-lights]";
    const note = () => window.note(Date.now(), [...document.querySelectorAll(places)].map((place) => place.textContent).join("|"));
    new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });
    document.addEventListener("load", ({ target }) => { if (target.matches(".frame")) window.note(Date.now(), target.src); }, true);
  });
  const told = page.waitForResponse("**/news*");
  await page.goto(box + address);
  await told;
  return page;
}

async function first(page, since, words) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await later(20)) {
    const note = page.notes.find(({ at, text }) => at >= since && words.every((word) => text.split("|").includes(word)));
    if (note) return note.at;
  }
  throw new Error(`nobody told ${page.url()} of ${words}: ${JSON.stringify(page.notes.slice(-3))}`);
}

/** What the screen showed from `since` on, at least until a second after `done`: [ms after `done`, file]. */
async function shown(screen, since, done, name) {
  await later(Math.max(0, done + 1000 - Date.now()));
  const found = screen.notes.filter(({ at, text }) => at >= since && text.includes("frame="));
  return Promise.all(found.map(async ({ at, text }, place) => {
    const file = `${name}-${place}.png`;
    await writeFile(path.join(folder, file), await screen.pictures.get(text));
    return [at - done, file];
  }));
}

async function choose(till, title) {
  await till.getByText(title, { exact: true }).tap();
}

/** Sells at these tills in the same moment; `words`: what each of the other pages must come to say. */
async function sell(name, tills, watching, screen) {
  const tapped = Date.now();
  const answers = tills.map((till) => till.waitForResponse("**/console/sell").then(() => Date.now()));
  await Promise.all(tills.map((till) => till.locator("button[value=cash]").tap()));
  const sold = Math.max(...await Promise.all(answers));
  const told = (await Promise.all(watching.map(([page, ...words]) => first(page, tapped, words)))).map((at) => at - sold);
  const numbers = await Promise.all(tills.map(async (till) => (await till.locator(".pickup").innerText()).trim()));
  return { told, frames: await shown(screen, tapped, sold, name), numbers };
}

async function next(till) {
  await till.locator("[data-next]").tap();
  await till.locator("[data-sell]").waitFor();
  return till.locator("[data-said=harbour-lights]").innerText();
}

/** A buyer's other page types the number and takes something: the claim leaves the screen. */
async function collect(buyer, number) {
  const page = await buyer.context().newPage();
  await page.goto(box);
  await page.getByLabel("Number on the screen").fill(number);
  await page.getByRole("button", { name: "Open", exact: true }).tap();
  await page.waitForURL(/\/c\//);
  const since = Date.now();
  await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Receipt" }).tap()]);
  const done = Date.now();
  const { pathname } = new URL(page.url());
  await page.close();
  return { pathname, since, done };
}

try {
  const [one, two] = [await open("/"), await open("/drops/harbour-lights/pay?price=print")];
  const [ana, ben] = [await open("/console"), await open("/console")];
  const screen = await open("/display", { width: 800, height: 480 });

  const by_ana = await sell("ana", [ana], [[one, "9 of 10 left"], [two, "9 of 10 left"], [ben, "9 of 10 left"]], screen);
  const after_ana = await next(ana);
  await choose(ben, "With signed print");
  const by_ben = await sell("ben", [ben], [[one, "8 of 10 left", "1 left"], [two, "8 of 10 left", "1 left"], [ana, "8 of 10 left"]], screen);
  const after_ben = await next(ben);

  const claims = [await collect(one, by_ana.numbers[0]), await collect(two, by_ben.numbers[0])];
  const taken = await shown(screen, claims[1].since, claims[1].done, "taken");

  const by_both = await sell("both", [ana, ben], [[one, "6 of 10 left"], [two, "6 of 10 left"]], screen);
  const after_both = await Promise.all([next(ana), next(ben)]);
  const complaints = [one, two, ana, ben, screen].flatMap((page) => page.complaints);
  console.log(JSON.stringify({
    sales: [by_ana, by_ben, by_both], after: [after_ana, after_ben, ...after_both], claims: claims.map(({ pathname }) => pathname), taken, complaints,
  }));
} finally {
  await browser.close();
}
