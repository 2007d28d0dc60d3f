// Keeps the stock on the page right, told by server-sent events. Without it the page says what was left when it opened.
"use strict";
const SILENCE_MS = 60000; // the box says something every 25 seconds
const FIRST_MS = 3000;
const LONGEST_MS = 60000;
let news = null;
let pause = FIRST_MS;
let timer = 0;

function show(stock) {
  for (const place of document.querySelectorAll("[data-stock]")) {
    const [slug, price] = place.dataset.stock.split("/");
    const told = price ? stock[slug]?.prices[price] : stock[slug];
    if (!told) continue;
    if (place.dataset.when === "out") place.hidden = told.left !== 0;
    else if (place.tagName === "PROGRESS") place.value = told.left ?? 0;
    else {
      if (place.textContent !== told.said) place.textContent = told.said;
      place.dataset.left = told.left ?? "";
    }
  }
}

function after(ms, does) {
  clearTimeout(timer);
  timer = setTimeout(does, ms);
}

function stop() {
  clearTimeout(timer);
  if (news) news.close();
  news = null;
}

// Each page comes back at another moment: all lost the box in the same one.
function lose() {
  stop();
  after(pause * (0.5 + Math.random()), listen);
  pause = Math.min(2 * pause, LONGEST_MS);
}

function listen() {
  stop();
  if (document.visibilityState === "hidden") return;
  news = new EventSource("/news");
  news.addEventListener("stock", (event) => { pause = FIRST_MS; after(SILENCE_MS, lose); show(JSON.parse(event.data)); });
  news.addEventListener("beat", () => after(SILENCE_MS, lose));
  news.addEventListener("bye", lose);
  news.addEventListener("error", lose);
  after(SILENCE_MS, lose);
}

document.addEventListener("visibilitychange", listen);
window.addEventListener("pagehide", stop);
window.addEventListener("pageshow", listen);
