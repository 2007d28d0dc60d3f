// Sends the phone's own time with the form. Without it the time is typed.
"use strict";
const form = document.querySelector("form[data-clock]");
form.querySelector("fieldset").remove();
form.addEventListener("submit", () => { form.elements.phone.value = Math.floor(Date.now() / 1000); });
