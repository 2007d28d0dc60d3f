// Lighthouse over the link as it is: no simulated throttling. Reads addresses as arguments, prints one JSON object a line.
// Usage: node lighthouse.mjs CHROMIUM ADDRESS...
import lighthouse from "lighthouse";
import { launch } from "./phone.mjs";

const [executablePath, ...addresses] = process.argv.slice(2);
const port = 20_000 + (process.pid % 10_000); // two at once are two processes
const flags = {
  port,
  output: "json",
  logLevel: "error",
  onlyCategories: ["accessibility", "best-practices", "performance"],
  formFactor: "mobile",
  screenEmulation: { mobile: true, width: 390, height: 844, deviceScaleFactor: 2, disabled: false },
  throttlingMethod: "provided",
};

const browser = await launch(executablePath, `--remote-debugging-port=${port}`);
try {
  for (const address of addresses) {
    const { lhr } = await lighthouse(address, flags);
    const requests = lhr.audits["network-requests"].details?.items ?? [];
    const failed = (category) => lhr.categories[category].auditRefs
      .filter(({ id, weight }) => weight > 0 && (lhr.audits[id].score ?? 1) < 1).map(({ id }) => id);
    console.log(JSON.stringify({
      fault: lhr.runtimeError?.message ?? null,
      performance: Math.round(100 * lhr.categories.performance.score),
      accessibility: failed("accessibility"),
      practices: failed("best-practices"),
      bytes: requests.map(({ url, transferSize }) => [url, transferSize]),
      paint_ms: Math.round(lhr.audits["first-contentful-paint"].numericValue),
      largest_ms: Math.round(lhr.audits["largest-contentful-paint"].numericValue),
    }));
  }
} finally {
  await browser.close();
}
