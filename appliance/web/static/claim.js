// Fetches a small archive itself, shows how far it is, and goes on by itself where the connection broke; watches a large
// one, which the browser downloads. Without it both are plain downloads. Also puts times on the phone's own clock.
"use strict";
const MB = 1e6;
const SILENCE_MS = 10000;
const LONGEST_MS = 15000;
const LOOK_MS = 2000;
const FOLD = 4 * MB; // pieces are folded into one that the browser may keep on its disk
const link = document.querySelector("[data-archive]");
const going = document.querySelector("[data-going]");
const bar = going.querySelector("progress");
const words = going.querySelector("p");
const keep = going.querySelector("[data-save]");
const later = (ms) => new Promise((done) => setTimeout(done, ms));
const shown = (bytes) => (bytes / MB).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function say(sentence, have, all) {
  going.hidden = false;
  bar.max = all || 1;
  bar.value = have;
  words.textContent = sentence.replace("{have}", shown(have)).replace("{all}", shown(all));
}

class Refused extends Error {}

class Archive {
  constructor(address) {
    this.address = address;
    this.pieces = [];
    this.have = 0;
    this.folded = 0;
    this.all = 0;
    this.tag = "";
    this.name = "";
  }

  // Takes what still comes; a break or too long a silence throws, and the next call goes on from there.
  async take(heard) {
    const cut = new AbortController();
    let timer = setTimeout(() => cut.abort(), SILENCE_MS);
    try {
      const headers = this.have ? { Range: `bytes=${this.have}-`, "If-Range": this.tag } : {};
      const answer = await fetch(this.address, { headers, signal: cut.signal, cache: "no-store" });
      if (answer.status >= 400 && answer.status < 500) throw new Refused();
      if (!answer.ok) throw new Error(answer.statusText);
      if (answer.status === 200) this.begin(answer);
      const reader = answer.body.getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        clearTimeout(timer);
        timer = setTimeout(() => cut.abort(), SILENCE_MS);
        this.add(piece.value);
        heard();
      }
      if (this.have < this.all) throw new Error("the connection broke");
    } finally {
      clearTimeout(timer);
    }
  }

  begin(answer) {
    this.pieces = [];
    this.have = this.folded = 0;
    this.all = Number(answer.headers.get("Content-Length"));
    this.tag = answer.headers.get("ETag");
    this.name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "")?.[1] || "all.zip";
  }

  add(bytes) {
    this.pieces.push(bytes);
    this.have += bytes.length;
    if (this.have - this.folded > FOLD) {
      this.pieces = [new Blob(this.pieces)];
      this.folded = this.have;
    }
  }
}

async function fetchAll() {
  const archive = new Archive(link.href);
  let pause = 1000;
  const heard = () => { pause = 1000; say(going.dataset.running, archive.have, archive.all); };
  for (;;) {
    try {
      await archive.take(heard);
      return save(archive);
    } catch (fault) {
      if (fault instanceof Refused) return location.assign(link.href); // its page says why
      say(going.dataset.broken, archive.have, archive.all);
    }
    await later(pause);
    pause = Math.min(2 * pause, LONGEST_MS);
  }
}

function save(archive) {
  keep.href = URL.createObjectURL(new Blob(archive.pieces, { type: "application/zip" }));
  keep.download = archive.name;
  keep.hidden = false;
  say(going.dataset.done, archive.have, archive.all);
  keep.click();
}

async function watch() {
  for (let begun = false; ; await later(LOOK_MS)) {
    const answer = await fetch(link.dataset.progress, { cache: "no-store" }).catch(() => null);
    if (!answer || !answer.ok) continue;
    const news = await answer.json();
    begun = begun || news.going;
    if (news.sent >= news.of) return say(going.dataset.gone, news.of, news.of);
    if (begun) say(news.going ? going.dataset.sent : going.dataset.stopped, news.sent, news.of);
  }
}

let busy = false;
link.addEventListener("click", (event) => {
  const byPage = link.dataset.archive === "page" && window.ReadableStream && window.AbortController;
  if (byPage) event.preventDefault();
  if (busy) return;
  busy = true;
  (byPage ? fetchAll() : watch()).finally(() => { busy = false; });
});

for (const moment of document.querySelectorAll("time[data-left]")) {
  const end = new Date(Date.now() + 1000 * Number(moment.dataset.left));
  moment.textContent = end.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
}
