"""What to do about a refusal: one sentence for each code, for the person who meets it on a page that is not English.

English pages say what the place of the refusal says; that knows more, but in English alone.
"""

from __future__ import annotations

from appliance.weblib.speech import later

ADVICE = {
    # sale and token
    "unknown-drop": later("Ask at the stall which drops it has."),
    "unknown-price": later("Choose one of the price options that the drop’s page shows."),
    "window-not-open": later("Come back when the sale begins, or ask at the stall."),
    "window-closed": later("Ask at the stall whether it makes an exception."),
    "papers-expired": later("Ask the creator for a newer bundle."),
    "sold-out": later("Choose another price option or another drop, or ask at the stall."),
    "not-allotted": later("Ask the organizer for an allotment for this box."),
    "not-ready": later("Try again in a moment; if it stays so, look at the box’s faults on the console."),
    "unknown-sale": later("Look for the sale in the list of the last sales."),
    "already-void": later("Nothing was changed; its download has ended."),
    "already-opened": later("The files may be on the buyer’s phone already: void or refund the sale on the console."),
    "free-limit": later("Try again later, or ask at the stall."),
    "unknown-issuer": later("Use a reader or a voucher of this event."),
    "bad-signature": later("It was changed after it was signed and pays for nothing: scan the original again."),
    "spent": later("It pays for one copy, once: ask at the stall if that copy is not yours."),
    "revoked": later("Ask at the stall to pay in another way, and the organizer for the money."),
    "wrong-box": later("It is good at the stall for which it was made: take it there."),
    "wrong-drop": later("The stall pays the money back and uses another reader."),
    "over-limit": later("Ask at the stall to pay in another way."),
    "wrong-price": later("Ask at the stall: it can accept the price on the console."),
    "expired": later("Ask at the stall: it can accept the payment on the console all the same."),
    "not-yet": later("Try again later, or ask at the stall."),
    "owed": later("The payment is written down: the stall hands a copy out or pays the money back."),
    "pin-wrong": later("Type the PIN that stands in the box’s settings."),
    "already-refunded": later("Nothing was changed: a sale is paid back once."),
    "unpaired": later("Pair this phone with the owner card first, or ask somebody whose phone is paired."),
    "malformed": later("Scan the whole code again, or type every character of it."),
    # requests
    "key-reused": later("Look at what was done before you send it again."),
    "in-flight": later("Wait a moment for its answer."),
    "too-many": later("Wait a few minutes, then try again."),
    "too-large": later("Send less at once."),
    "bad-request": later("Check what you have entered and try again."),
    "wrong-host": later("Scan the code on the box’s screen."),
    "wrong-origin": later("Open the box’s own page and try again there."),
    "not-logged-in": later("Log in with the collector’s secret."),
    "not-found": later("Check the address, or scan the code on the screen again."),
    # papers and bundles
    "doc-malformed": later("Ask its creator for a new bundle."),
    "doc-too-large": later("Ask its creator for a smaller bundle."),
    "doc-signature": later("It was changed after it was signed: copy the bundle again from its source."),
    "doc-threshold": later("Ask the organizer for the signatures that are missing."),
    "doc-role": later("Ask the organizer for a trust document that lists the signer."),
    "doc-expired": later("Ask whoever signed it for a newer one."),
    "doc-rollback": later("Nothing is to be done: the box keeps the newer one."),
    "doc-equivocation": later("The box keeps the one that it has: show both to the organizer."),
    "doc-gap": later("Ask for a bundle that holds every version in between."),
    "doc-collision": later("Ask the creator to choose another name for the drop."),
    "edition-changed": later("Ask the creator for a bundle with the edition as it was, or as a drop of its own."),
    "bad-path": later("Ask the creator to rename the file and pack the drop again."),
    "missing-file": later("Ask at the stall: the bundle of this drop must be brought again."),
    "wrong-digest": later("Copy the bundle again from its source."),
    "bad-certificate": later("Ask the creator for the certificates of this box again."),
    "no-space": later("Free some space, or use a larger card or stick."),
    # claims
    "unknown-claim": later("Check every character, or ask at the stall."),
    "other-box": later("Join the Wi-Fi of the stall where you bought it, and try there."),
    "claim-ended": later("Ask at the stall: it can open the download again."),
    "budget-spent": later("Ask at the stall: it can top the download up."),
    "pickup-wrong": later("A number is good for two minutes: ask the stall to show it again."),
    "pickup-wait": later("Wait two minutes, or ask the stall to show your code again."),
    # the box itself
    "settings": later("Mend the line in stallbox.toml that is named here."),
    "hotspot": later("Mend the network’s settings; until then the box keeps the network that it has."),
    "store": later("Look at the box’s faults on the console: the card or a stick may be full or damaged."),
    "device": later("Check its plug and its settings; sales go on."),
    "key-file": later("Nobody but its owner may read a key file: check it."),
    "busy": later("Stop the other one first."),
    "fault": later("Try again; what was sold is safe."),
    "adopted": later("Leave this box switched off and ask the organizer."),
    "forgotten": later("Stop the box and adopt the stick on a fresh one, or keep no mirror."),
    # the organizer's tool
    "workspace": later("Look at the folder that is named here."),
}
"""By code of FORMATS §9."""
