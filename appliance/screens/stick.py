"""The page of a stick: how far it is read or written, why it is refused, that it may be pulled out."""

from __future__ import annotations

from appliance.core.scene import Stick, StickDoing
from appliance.core.status import Status
from appliance.draw.column import Words
from appliance.screens import words
from appliance.screens.notices import announce
from appliance.screens.plain import draw_progress
from appliance.screens.sheet import Sheet

_HEADLINES = {
    StickDoing.READING: "Reading the stick",
    StickDoing.WRITING: "Writing to the stick",
    StickDoing.REFUSED: "Stick refused",
    StickDoing.FAILED: "The stick failed",
    StickDoing.SAFE: "Safe to remove",
    StickDoing.NOTHING: "Nothing for this box",
}
_LEAVE_IN = "Leave the stick in."


def draw_stick(sheet: Sheet, status: Status) -> None:
    """What the stick is about; white on black where the stall owner must do something."""
    stick = status.scene.stick
    if stick is None:
        return
    if stick.is_busy:
        _draw_busy(sheet, stick)
        return
    must_act = stick.doing in {StickDoing.REFUSED, StickDoing.FAILED}
    text = words.plain(stick.text) or ("You may pull the stick out." if stick.doing is StickDoing.SAFE else "")
    announce(sheet, _HEADLINES[stick.doing], [Words(text, em=1.1, lines=6, eases=True)], stops=must_act)


def _draw_busy(sheet: Sheet, stick: Stick) -> None:
    paragraphs = [
        Words(words.plain(stick.text), em=1.0, bold=True, lines=2, spare=1),
        Words(words.progress(stick.done, stick.total), em=1.0, lines=2, gap=0.7),
        Words(_LEAVE_IN, em=0.9, soft=True, gap=0.7),
    ]
    draw_progress(sheet, _HEADLINES[stick.doing], paragraphs, stick.done / stick.total if stick.total else None)
