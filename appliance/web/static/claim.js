// Fetches a small archive itself and goes on where the connection broke; watches a large one, which the browser fetches.
// Without it both are plain downloads. Puts times on the phone's own clock.
"use strict";
const SILENCE_MS = 10000;
const LONGEST_MS = 15000;
const LOOK_MS = 2000;
const link = document.querySelector("[data-archive]");
const going = document.querySelector("[data-going]");
const words = going.dataset;
const keep = going.querySelector("[data-save]");
const language = document.documentElement.lang;
const later = (ms) => new Promise((done) => setTimeout(done, ms));
const shown = (bytes) => (bytes / 1e6).toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function say(sentence, have, all) {
  const bar = going.querySelector("progress");
  going.hidden = false;
  bar.max = all || 1;
  bar.value = have;
  going.querySelector("p").textContent = sentence.replace("{have}", shown(have)).replace("{all}", shown(all));
}

class Archive {
  have = 0;
  all = 0;

  // Takes what still comes; whether that is all. After a break or too long a silence the next call goes on from there.
  async take(heard) {
    const cut = new AbortController();
    let timer = setTimeout(() => cut.abort(), SILENCE_MS);
    try {
      const headers = this.have ? { Range: `bytes=${this.have}-`, "If-Range": this.tag } : {};
      const answer = await fetch(link.href, { headers, signal: cut.signal, cache: "no-store" });
      this.refused = answer.status >= 400 && answer.status < 500;
      if (!answer.ok) return false;
      if (answer.status === 200) this.begin(answer.headers);
      const reader = answer.body.getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        clearTimeout(timer);
        timer = setTimeout(() => cut.abort(), SILENCE_MS);
        this.pieces.push(piece.value);
        this.have += piece.value.length;
        heard();
      }
      return this.have >= this.all;
    } finally {
      clearTimeout(timer);
    }
  }

  begin(headers) {
    this.pieces = [];
    this.have = 0;
    this.all = Number(headers.get("Content-Length"));
    this.tag = headers.get("ETag");
    this.name = /filename="([^"]+)"/.exec(headers.get("Content-Disposition"))[1];
  }
}

async function fetchAll() {
  const archive = new Archive();
  let pause = 1000;
  const heard = () => { pause = 1000; say(words.running, archive.have, archive.all); };
  while (!(await archive.take(heard).catch(() => false))) {
    if (archive.refused) return location.assign(link.href); // its page says why
    say(words.broken, archive.have, archive.all);
    await later(pause);
    pause = Math.min(2 * pause, LONGEST_MS);
  }
  keep.href = URL.createObjectURL(new Blob(archive.pieces, { type: "application/zip" }));
  keep.download = archive.name;
  keep.hidden = false;
  say(words.done, archive.have, archive.all);
  keep.click();
}

async function watch() {
  for (let before = null, still = 0; ; await later(LOOK_MS)) {
    const answer = await fetch(link.dataset.progress, { cache: "no-store" }).catch(() => null);
    if (!answer) continue;
    if (!answer.ok) return; // asking on under an old code would count as guessing
    const { sent, of } = await answer.json();
    if (sent >= of) return say(words.gone, of, of);
    still = sent === before ? still + 1 : 0;
    if (before !== null && sent) say(still < 4 ? words.sent : words.stopped, sent, of);
    before = sent;
  }
}

let busy = false;
link.addEventListener("click", (event) => {
  const byPage = link.dataset.archive === "page" && window.ReadableStream;
  if (byPage) event.preventDefault();
  if (busy) return;
  busy = true;
  (byPage ? fetchAll() : watch()).finally(() => { busy = false; });
});

for (const moment of document.querySelectorAll("time[data-left]")) {
  const end = new Date(Date.now() + 1000 * Number(moment.dataset.left));
  moment.textContent = end.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hour12: false });
}
