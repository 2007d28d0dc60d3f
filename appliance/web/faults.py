"""What is wrong with the box, for its owner: the sentence itself where the language has it, else what its code means.

Faults are made where nobody knows who will read them, in English and with their details; those stand beside.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.status import Fault
from appliance.errors import titles
from appliance.weblib.advice import ADVICE
from appliance.weblib.speech import gettext as _
from appliance.weblib.speech import later, translated

_RESTARTED = later("The ledger was damaged, changed or lost. A new one goes on; numbers in doubt are blocked.")
_KINDS = {
    "owed": later("Somebody has paid and has no copy yet: see Redeem on the console."),
    "blocked": later("Numbers are blocked, since a part of the log was lost: see Box on the console."),
    "clock": later("The box is not sure of the time: see Box on the console."),
    "window": later("Is the sale open now? The box is not sure of the time."),
    "time-refused": later("A clock cannot be right: later times have passed for certain. It is not used."),
    "seats-taken": later("All places on the Wi-Fi are taken. Ask those who have their files to leave it."),
    "announce": later("The box cannot announce itself on the network. Its codes and addresses work all the same."),
    "recovered": _RESTARTED,
    "restored": _RESTARTED,
    "forked": later("The organizer holds sales of this box that it does not know. It must start anew."),
    "release-missing": later(
        "An allotment says that this box gave numbers up, but its ledger does not: tell the creator."
    ),
}
_WHOLE = frozenset({"owed"})  # kinds that say all: the page to which they lead lists the rest


@dataclass(frozen=True, slots=True)
class Told:
    """A fault in the language of the request. `original`: its English sentence, where `text` is only its kind."""

    text: str
    original: str = ""


def told(fault: Fault) -> Told:
    """What the stall owner reads of `fault`."""
    text = translated(fault.text)
    if text is not None:
        return Told(text)
    if fault.code in _KINDS:
        return Told(_(_KINDS[fault.code]), "" if fault.code in _WHOLE else fault.text)
    if fault.code in ADVICE:
        title = _("%(title)s.") % {"title": _(titles()[fault.code])}
        return Told(f"{title} {_(ADVICE[fault.code])}", fault.text)
    return Told(fault.text)
