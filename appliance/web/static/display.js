// Shows the newest frame of the screen. Without it the page reloads itself.
"use strict";
const frame = document.querySelector("img.frame");
setInterval(() => { frame.src = "/screen.png?" + Date.now(); }, 1000);
