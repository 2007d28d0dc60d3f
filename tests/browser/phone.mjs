// A headless Chromium with phones that note every complaint: console messages, faults of scripts, violations of the
// Content-Security-Policy, requests that leave the box.
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
// Chromium says these of every form that is refused and of every link to a file: they are answers, not faults.
const USUAL = /^Failed to load resource: the server responded with a status of 4\d\d/;

export function launch(executablePath, ...more) {
  return chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...more] });
}

/** A page of a new phone. `page.complaints` grows; `options` are Playwright's for a context, `width` in CSS pixels. */
export async function phone(browser, { width = 390, height = 844, script = true, dark = false, forced = false, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: 1,
    isMobile: true,
    hasTouch: true,
    ignoreHTTPSErrors: true,
    javaScriptEnabled: script,
    colorScheme: dark ? "dark" : "light",
    forcedColors: forced ? "active" : "none",
    ...options,
  });
  const page = await context.newPage();
  page.complaints = [];
  const complain = (text) => { if (!USUAL.test(text)) page.complaints.push(text); };
  page.on("console", (message) => complain(message.text()));
  page.on("pageerror", (fault) => complain(String(fault)));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^http/.test(protocol) && hostname !== "127.0.0.1") complain(`asks another site: ${request.url()}`);
  });
  await page.exposeBinding("complain", (_source, text) => complain(text));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.complain(`${event.violatedDirective} refuses ${event.blockedURI} in ${event.sourceFile}`);
    });
  });
  return page;
}
