// Looks at pages. Reads one JSON object a line and answers each with one: see tests/browser/looking.py.
// Usage: node look.mjs CHROMIUM
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { launch, phone } from "./phone.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const HOLDERS_OF_TEXT = ":is(span, b, bdi, small, label, button)"; // WHATWG HTML, §3.2.5.2.5
const BLOCKS = ":is(h1, h2, h3, p, div, ul, ol, dl, table, form, section, article)";
const PATIENCE_MS = 10_000;
const browser = await launch(process.argv[2]);

async function act(page, [what, selector, text]) {
  if (what === "tell") return fetch(selector);
  const place = page.locator(selector).first();
  if (what === "fill") await place.fill(text);
  else if (what === "open") await place.evaluate((element) => { element.open = true; });
  else if (what === "tap") await place.tap();
  else if (what === "see") await place.waitFor();
  else if (what === "send") await Promise.all([page.waitForEvent("load"), place.tap()]);
  else throw new Error(`nobody knows how to ${what}`);
  return undefined;
}

/** Rules that the page breaks, each with the elements that do: WCAG's, and HTML's on what may hold what. */
async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate((values) => {
    const rules = { "aria-allowed-role": { enabled: true } };
    return window.axe.run({ runOnly: { type: "tag", values }, rules });
  }, STANDARD);
  const misplaced = await page.locator(`${HOLDERS_OF_TEXT} > ${BLOCKS}`).evaluateAll((all) => all.map((element) => element.outerHTML.slice(0, 120)));
  return [
    ...found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`),
    ...misplaced.map((html) => `not allowed within text: ${html}`),
  ];
}

/** What is wider than the window, if the page can be pushed sideways. */
function wide(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const out = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > width + 0.5);
    return out.slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
  });
}

async function look({ address, doing = [], still = false, axe = false, picture = null, full = true, text = 100, ...view }) {
  const page = await phone(browser, view);
  try {
    if (still) await page.route("**/send.js", (route) => route.fulfill({ body: "", contentType: "text/javascript" }));
    page.setDefaultTimeout(PATIENCE_MS);
    const answer = await page.goto(address);
    for (const step of doing) await act(page, step);
    if (text !== 100) await page.evaluate((size) => { document.documentElement.style.fontSize = `${size}%`; }, text);
    const seen = {
      policy: answer.headers()["content-security-policy"] ?? "",
      title: await page.title(),
      said: await page.locator("body").innerText(),
      fields: await page.locator("input[type=text], textarea").evaluateAll((all) => all.map((field) => field.value)),
      wide: await wide(page),
      violations: axe ? await violations(page) : [],
    };
    if (picture) await page.screenshot({ path: picture, fullPage: full, animations: "disabled", caret: "hide" });
    return { ...seen, complaints: page.complaints };
  } finally {
    await page.context().close();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await look(JSON.parse(line)).catch((fault) => ({ fault: String(fault) }));
  console.log(JSON.stringify(answer));
}
await browser.close();
