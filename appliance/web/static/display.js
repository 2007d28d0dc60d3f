// Makes the browser a display: fetches each new picture at the window's own size and keeps the last one while the box
// is silent. Without it the page reloads itself.
"use strict";
const SILENCE_MS = 25000; // the box says something every ten seconds
const AGAIN_MS = 4000;
const frame = document.querySelector(".frame");
const lost = document.querySelector(".lost");
let news = null;
let timer = 0;
let heard = null;

const pixels = (side) => Math.max(1, Math.round(side * (devicePixelRatio || 1)));
const size = () => `width=${pixels(window.innerWidth)}&height=${pixels(window.innerHeight)}`;
const clock = (moment) => moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

function say(sentence) {
  lost.textContent = sentence;
  lost.hidden = false;
}

function after(ms, does) {
  clearTimeout(timer);
  timer = setTimeout(does, ms);
}

function hear() {
  heard = new Date();
  lost.hidden = true;
  after(SILENCE_MS, lose);
}

function lose() {
  news.close();
  say(heard ? lost.dataset.since.replace("{}", clock(heard)) : lost.dataset.yet);
  after(AGAIN_MS, returns);
}

// Only where the box does not know this browser any more is the last picture given up, for the page that pairs it.
async function returns() {
  const answer = await fetch("/display", { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (answer && answer.status === 403) location.reload();
  else listen();
}

async function show(tag) {
  const next = new Image();
  next.src = `/screen.png?${size()}&frame=${tag}`;
  await next.decode();
  frame.src = next.src;
}

function listen() {
  news?.close();
  news = new EventSource(`/display/news?${size()}`);
  news.addEventListener("frame", (event) => { hear(); show(event.data).catch(lose); });
  news.addEventListener("beat", hear);
  news.addEventListener("bye", () => { lose(); say(lost.dataset.stopped); });
  news.addEventListener("error", lose);
  after(SILENCE_MS, lose);
}

// Not every browser has it, and only on a page that came over HTTPS.
async function stayAwake() {
  if (!document.hidden && navigator.wakeLock) {
    await navigator.wakeLock.request("screen").catch(() => null); // refused on low battery: the page works on
  }
}

let resized = 0;
addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(listen, 300); });
addEventListener("offline", lose);
document.addEventListener("visibilitychange", stayAwake);
document.addEventListener("click", stayAwake);
listen();
stayAwake();
