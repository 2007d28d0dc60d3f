// Lighthouse over the link as it is: no simulated throttling. Prints one JSON object a run: what it measured, or the
// `fault` for which Lighthouse gave the run up.
// Usage: node lighthouse.mjs CHROMIUM ADDRESS RUNS SPARE; a spare run is made only for one that was given up.
import lighthouse from "lighthouse";
import { launch } from "./phone.mjs";

const [executablePath, address, runs, spare] = process.argv.slice(2);
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

async function run() {
  try {
    const { lhr } = await lighthouse(address, flags);
    return lhr.runtimeError ? { fault: lhr.runtimeError.message } : measured(lhr);
  } catch (error) {
    return { fault: String(error) };
  }
}

function measured({ audits, categories }) {
  const failed = (category) => categories[category].auditRefs
    .filter(({ id, weight }) => weight > 0 && (audits[id].score ?? 1) < 1).map(({ id }) => id);
  return {
    performance: Math.round(100 * categories.performance.score),
    accessibility: failed("accessibility"),
    practices: failed("best-practices"),
    bytes: audits["network-requests"].details.items.map(({ url, transferSize }) => [url, transferSize]),
    paint_ms: Math.round(audits["first-contentful-paint"].numericValue),
    largest_ms: Math.round(audits["largest-contentful-paint"].numericValue),
  };
}

const browser = await launch(executablePath, `--remote-debugging-port=${port}`);
try {
  for (let left = Number(runs), spared = Number(spare); left > 0 && spared >= 0;) {
    const report = await run();
    console.log(JSON.stringify(report));
    if (report.fault) spared -= 1;
    else left -= 1;
  }
} finally {
  await browser.close();
}
