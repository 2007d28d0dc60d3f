// The console while its Wi-Fi fails: the answer to a sale is lost on its way, after a double tap, and the news break off.
// Usage: node till.mjs CHROMIUM BOX. Prints one JSON object.
import { launch, phone } from "./phone.mjs";

const [executablePath, box] = process.argv.slice(2);
const browser = await launch(executablePath);

async function till() {
  const page = await phone(browser);
  await page.goto(`${box}/console`);
  await page.waitForFunction(() => document.querySelector("[data-html]").told !== undefined); // the news have come
  return page;
}

const left = (page) => page.locator("[data-said=harbour-lights]").innerText();

/** The box hears the first `count` sales of this page, and the page hears nothing back. */
async function loseAnswers(page, count) {
  const seen = { posts: 0, keys: new Set() };
  await page.route("**/console/sell", async (route) => {
    seen.posts += 1;
    seen.keys.add(new URLSearchParams(route.request().postData()).get("key"));
    if (seen.posts > count) return route.continue();
    await route.fetch();
    return route.abort("internetdisconnected");
  });
  return seen;
}

async function lostAnswer(page, other) {
  const seen = await loseAnswers(page, 2);
  await page.locator("button[value=cash]").evaluate((button) => { button.click(); button.click(); });
  await page.locator("[data-away]").waitFor();
  const away = await page.locator("[data-away]").innerText();
  const kept = await page.locator("[name=offer]:checked").inputValue();
  await page.locator(".pickup").waitFor();
  const before = Date.now();
  await other.waitForFunction(() => document.querySelector("[data-said=harbour-lights]").textContent.startsWith("9 "));
  const number = (await page.locator(".pickup").innerText()).trim();
  return { posts: seen.posts, keys: seen.keys.size, away, kept, number, other_ms: Date.now() - before };
}

async function next(page) {
  await page.locator("[data-next]").tap();
  await page.locator("[data-sell]").waitFor();
  return { left: await left(page), away: await page.locator("[data-away]").isVisible(), at: new URL(page.url()).pathname };
}

async function sum(page) {
  await page.getByText("With signed print").tap();
  await page.locator("label:has([name=quantity][value='2'])").tap();
  await page.getByText("Discount, tip, more").tap();
  await page.locator("[name=tip]").fill("0,50");
  await page.locator("[name=tip]").press("Enter"); // the keyboard's Go is no sale
  return page.locator("[data-due] output").innerText();
}

async function back(page) {
  await page.locator("button[value=card]").tap();
  await page.locator("[data-next]").waitFor();
  await page.goBack();
  await page.locator("[data-sell]").waitFor();
  return { left: await left(page), gone: await page.locator("[value='harbour-lights/print']").isDisabled() };
}

/** Whether the line about the connection stands where the box refuses to tell news, and where it is not reached. */
async function silent(page) {
  const seen = {};
  for (const [name, answer] of [["refused", (route) => route.fulfill({ status: 403 })], ["broken", (route) => route.abort()]]) {
    await page.route("**/console/news", answer);
    const asked = page.waitForRequest("**/console/news");
    await page.evaluate(() => dispatchEvent(new Event("pageshow")));
    await asked;
    await page.waitForTimeout(300);
    seen[name] = await page.locator("[data-away]").isVisible();
    await page.unroute("**/console/news");
  }
  return seen;
}

try {
  const [one, two] = [await till(), await till()];
  const sold = await lostAnswer(one, two);
  const after = await next(one);
  await one.unroute("**/console/sell");
  const due = await sum(one);
  const again = await back(one);
  const complaints = [...two.complaints];
  console.log(JSON.stringify({ sold, after, due, again, silent: await silent(two), complaints }));
} finally {
  await browser.close();
}
