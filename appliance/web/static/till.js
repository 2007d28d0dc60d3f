// Keeps the console alive while the Wi-Fi is not: sends a sale again under its key until the box answers, and leaves a
// page when the next one is here. Shows what the box tells.
"use strict";
const AGAIN_MS = 1500;
const PATIENCE_MS = 8000;
const SILENCE_MS = 25000; // the box beats every 10 s
const find = (what) => document.querySelector(what);
const each = (what, does) => document.querySelectorAll(what).forEach(does);
const lost = new Set();
let told = null;
let news = null;
let timer = 0;
let busy = false;

function stands(what, well) {
  lost[well ? "delete" : "add"](what);
  each("[data-away]", (line) => { line.hidden = !lost.size; });
}

async function reach(address, body) {
  const cut = new AbortController();
  const clock = setTimeout(() => cut.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(address, { method: body ? "POST" : "GET", body, signal: cut.signal, headers: { Accept: "text/html" } });
    return [answer, await answer.text()];
  } catch {
    return null;
  } finally {
    clearTimeout(clock);
  }
}

async function go(address, body) {
  if (busy) return;
  busy = true;
  document.body.setAttribute("aria-busy", "true");
  let come;
  while (!(come = await reach(address, body))) {
    stands("page", false);
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
  busy = false;
  stands("page", true);
  if (come[0].redirected) return location.assign(come[0].url);
  const page = new DOMParser().parseFromString(come[1], "text/html");
  document.title = page.title;
  document.body.replaceWith(page.body);
  if (find("[data-next]")) history.pushState("sold", "");
  find("main")?.focus();
  scrollTo(0, 0);
  show();
}

function due() {
  const price = find("[name=offer]:checked")?.dataset;
  const number = (name) => Number(find(`[name=${name}]`).value.replace(",", "."));
  each("[data-due]", (line) => {
    const count = number("more") || find("[name=quantity]:checked").value;
    const sum = price && (price.amount / 10 ** price.digits) * count - number("discount") + number("tip");
    line.hidden = !(sum >= 0);
    if (line.hidden) return;
    const style = { style: "currency", currency: price.currency };
    line.lastElementChild.value = sum.toLocaleString(document.documentElement.lang, style);
  });
}

function show() {
  if (told) {
    each("[data-said]", (place) => {
      place.textContent = told.said[place.dataset.said] ?? place.textContent;
    });
    each("[name=offer]", (option) => {
      option.disabled = told.gone.includes(option.value);
      if (option.disabled) option.checked = false;
    });
    each("[data-html]", (place) => {
      const html = told.html[place.dataset.html];
      if (place.told !== html) place.innerHTML = place.told = html;
    });
  }
  due();
}

function after(ms, does) {
  clearTimeout(timer);
  timer = setTimeout(does, ms);
}

function hear(event) {
  after(SILENCE_MS, lose);
  stands("news", true);
  if (event.type === "beat") return;
  told = JSON.parse(event.data);
  show();
}

function stop() {
  clearTimeout(timer);
  news?.close();
  news = null;
}

function lose() {
  const refused = news?.readyState === 2; // the box has answered
  stop();
  stands("news", refused);
  after(AGAIN_MS, listen);
}

function listen() {
  stop();
  if (document.hidden) return;
  after(SILENCE_MS, lose);
  news = new EventSource("/console/news");
  for (const kind of ["till", "beat"]) news.addEventListener(kind, hear);
  for (const kind of ["bye", "error"]) news.addEventListener(kind, lose);
}

addEventListener("submit", (event) => {
  if (!event.submitter || !event.target.matches("[data-sell]")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target));
  body.set("method", event.submitter.value);
  go(event.target.action, body);
});
addEventListener("click", (event) => {
  if (history.state !== "sold" || !event.target.closest("[data-next]")) return;
  event.preventDefault();
  history.back();
});
addEventListener("popstate", () => { if (find("[data-next]")) go("/console"); });
addEventListener("input", due);
addEventListener("offline", lose);
addEventListener("visibilitychange", listen);
addEventListener("pagehide", stop);
addEventListener("pageshow", listen);
show();
