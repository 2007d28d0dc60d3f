// Keeps the stock on the page right. Without it the page says what was left when it opened.
"use strict";
const SILENCE_MS = 60000; // the box says something every 25 seconds
const AGAIN_MS = 4000;
let news = null;
let timer = 0;

function show(stock) {
  for (const place of document.querySelectorAll("[data-stock]")) {
    const [slug, price] = place.dataset.stock.split("/");
    const told = price ? stock[slug]?.prices[price] : stock[slug];
    if (!told) continue;
    if (place.dataset.when) place.hidden = told.left !== 0;
    else if (place.tagName === "PROGRESS") place.value = told.left;
    else {
      if (place.textContent !== told.said) place.textContent = told.said;
      place.dataset.left = told.left ?? "";
    }
  }
}

function stop() {
  clearTimeout(timer);
  news?.close();
}

// Each page comes back at another moment: all lost the box in the same one.
function lose() {
  stop();
  timer = setTimeout(listen, AGAIN_MS * (1 + 2 * Math.random()));
}

function hear(event) {
  clearTimeout(timer);
  timer = setTimeout(lose, SILENCE_MS);
  if (event.type === "stock") show(JSON.parse(event.data));
}

function listen() {
  stop();
  if (document.hidden) return;
  news = new EventSource("/news");
  for (const kind of ["open", "stock", "beat"]) news.addEventListener(kind, hear);
  for (const kind of ["bye", "error"]) news.addEventListener(kind, lose);
}

document.addEventListener("visibilitychange", listen);
addEventListener("pagehide", stop);
addEventListener("pageshow", listen);
