// Keeps the console alive while the Wi-Fi is not: sends a sale again under its own key until the box answers, and leaves
// a page only when the next one is here. Shows what the box tells: the day's total, stock, phones that want in.
"use strict";
const PATIENCE_MS = 8000;
const AGAIN_MS = 1500;
const SILENCE_MS = 25000; // the box says something every ten seconds
const later = (ms) => new Promise((done) => setTimeout(done, ms));
const find = (what) => document.querySelector(what);
const lost = new Set();
let told = null;
let news = null;
let timer = 0;
let busy = false;

function stands(what, well) {
  lost[well ? "delete" : "add"](what);
  const away = find("[data-away]");
  if (away) away.hidden = !lost.size;
}

async function reach(address, body) {
  for (;; await later(AGAIN_MS)) {
    const cut = new AbortController();
    const clock = setTimeout(() => cut.abort(), PATIENCE_MS);
    try {
      const method = body ? "POST" : "GET";
      const answer = await fetch(address, { method, body, signal: cut.signal, headers: { Accept: "text/html" } });
      const text = await answer.text();
      stands("page", true);
      return [answer, text];
    } catch {
      stands("page", false);
    } finally {
      clearTimeout(clock);
    }
  }
}

async function go(address, body) {
  if (busy) return;
  busy = true;
  document.body.setAttribute("aria-busy", "true");
  const [answer, text] = await reach(address, body);
  busy = false;
  if (answer.redirected) return location.assign(answer.url);
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  document.body.replaceWith(page.body);
  if (find("[data-next]")) history.pushState("sold", "");
  find("main").focus();
  scrollTo(0, 0);
  show();
}

function due() {
  const form = find("form[data-sell]");
  if (!form) return;
  const { offer, quantity, more, discount, tip } = form.elements;
  const price = [...form.querySelectorAll("[name=offer]")].find((option) => option.checked)?.dataset;
  const number = (field) => Number(field.value.trim().replace(",", "."));
  const sum = price && (price.amount / 10 ** price.digits) * (more.value ? number(more) : quantity.value) - number(discount) + number(tip);
  const place = find("[data-due]");
  place.hidden = !(sum >= 0);
  if (place.hidden) return;
  const style = { style: "currency", currency: price.currency, minimumFractionDigits: price.digits };
  place.lastElementChild.value = sum.toLocaleString(document.documentElement.lang, style);
}

function show() {
  for (const place of told ? document.querySelectorAll("[data-said]") : []) {
    const said = told.said[place.dataset.said] ?? place.textContent;
    if (place.textContent !== said) place.textContent = said;
  }
  for (const option of told ? document.querySelectorAll("[name=offer]") : []) {
    option.disabled = told.gone.includes(option.value);
    if (option.disabled) option.checked = false;
  }
  for (const place of told ? document.querySelectorAll("[data-html]") : []) {
    const html = told.html[place.dataset.html];
    if (place.told !== html) place.innerHTML = place.told = html;
  }
  due();
}

function hear(event) {
  clearTimeout(timer);
  timer = setTimeout(lose, SILENCE_MS);
  stands("news", true);
  if (event.type === "till") told = JSON.parse(event.data);
  if (event.type === "till") show();
}

function stop() {
  clearTimeout(timer);
  if (news) news.close();
}

function lose() {
  stop();
  stands("news", false);
  timer = setTimeout(listen, AGAIN_MS);
}

function listen() {
  stop();
  if (document.visibilityState === "hidden") return;
  news = new EventSource("/console/news");
  for (const kind of ["till", "beat"]) news.addEventListener(kind, hear);
  for (const kind of ["bye", "error"]) news.addEventListener(kind, lose);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-sell]")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target));
  body.set("method", event.submitter.value);
  go(event.target.action, body);
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-next]") || history.state !== "sold") return;
  event.preventDefault();
  history.back();
});
document.addEventListener("input", due);
addEventListener("popstate", () => go("/console"));
addEventListener("offline", lose);
document.addEventListener("visibilitychange", listen);
addEventListener("pagehide", stop);
addEventListener("pageshow", listen);
show();
