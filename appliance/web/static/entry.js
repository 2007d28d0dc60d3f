// Says what the field takes its text for while it is typed. The box alone decides.
"use strict";
const ALPHABET = /^[0-9A-HJKMNP-TV-Z]*$/; // Crockford's, FORMATS §1
const LENGTH = 16;

function taken(text, words) {
  const entry = text.trim();
  if (/^https?:/i.test(entry)) return /\/c\//i.test(entry) ? words.link : words.pay;
  if (/^[0-9]{4}$/.test(entry)) return words.number;
  if (entry.length > 64) return words.pay;
  const code = entry.replace(/[\s-]/g, "").toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
  if (code.length < 5) return "";
  const wrong = [...code].find((sign) => !ALPHABET.test(sign));
  if (wrong) return words.wrong.replace("{}", wrong);
  if (code.length > LENGTH) return words.long;
  const groups = code.match(/.{1,4}/g).join("-");
  return `${groups} · ${code.length < LENGTH ? words.code.replace("{}", code.length) : words.whole}`;
}

for (const place of document.querySelectorAll("[data-entry]")) {
  const input = place.querySelector("input");
  const help = place.querySelector("[id$=-help]");
  const said = document.createElement("p");
  said.className = "said small";
  said.setAttribute("role", "status");
  place.append(said);
  input.addEventListener("input", () => {
    said.textContent = taken(input.value, place.dataset);
    help.hidden = said.textContent !== "";
  });
  if (input.inputMode === "numeric") place.insertBefore(keys(input, place.dataset), place.querySelector("button"));
}

// Most type four digits; for a code the other keys come up.
function keys(input, words) {
  const button = document.createElement("button");
  const show = (digits) => {
    input.inputMode = digits ? "numeric" : "text";
    input.classList.toggle("long", !digits);
    button.textContent = digits ? "ABC" : "123";
    button.setAttribute("aria-label", digits ? words.letters : words.digits);
  };
  button.type = "button";
  button.className = "plain keys";
  button.addEventListener("click", () => { show(input.inputMode === "text"); input.blur(); input.focus(); });
  show(true);
  return button;
}
