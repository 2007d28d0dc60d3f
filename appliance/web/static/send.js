// Sends the form that only waits for a tap. Without it the button does the same.
"use strict";
document.querySelector("form[data-send]").submit();
