"""Pages for the stall owner: a headline that says what is the matter, and below it what to do.

What stops the sale is white on black; what can wait has a line under its headline.
"""

from __future__ import annotations

from appliance.core.scene import SyncDoing
from appliance.core.status import Status
from appliance.draw.column import Words
from appliance.draw.text import readable
from appliance.screens import words
from appliance.screens.pages import NEEDS_CLOCK
from appliance.screens.plain import say
from appliance.screens.sheet import Sheet


def announce(sheet: Sheet, headline: str, paragraphs: list[Words], *, stops: bool = False) -> None:
    """`headline` over `paragraphs`; white on black where it `stops` the sale."""
    head, rest = sheet.body.split_top(min(round(sheet.body.height * 0.3), sheet.headline * 3), sheet.margin)
    if stops:
        sheet.canvas.rule(head)
        head_words, ink = head.inset(sheet.margin * 2, sheet.margin // 2), sheet.canvas.white
    else:
        line = max(2, sheet.margin // 4)
        sheet.canvas.rule(head.split_bottom(line)[1])
        head_words, ink = head.split_bottom(line, sheet.margin // 2)[0], sheet.canvas.black
    sheet.column(head_words, [Words(headline, em=1.4, bold=True, lines=2)], largest=sheet.headline, down=0.5, ink=ink)
    body = rest.inset(sheet.margin * 2, 0) if stops else rest
    paragraphs = [*paragraphs, Words(sheet.footless, em=0.8, soft=True, lines=2, gap=0.9, spare=3)]
    sheet.column(body, paragraphs, largest=round(sheet.headline * 0.9), down=0.2 if sheet.wide else 0.08)


def draw_fault(sheet: Sheet, status: Status) -> None:
    """What stops the sale, and what to do about it."""
    stopping = [fault for fault in status.faults if fault.stops_sales]
    others = [fault for fault in status.faults if not fault.stops_sales]
    paragraphs = [Words(fault.text, lines=6, gap=0.9) for fault in stopping]
    paragraphs += [Words(fault.text, em=0.8, soft=True, lines=3, gap=0.9, spare=1) for fault in others]
    announce(sheet, "Sales are paused", paragraphs, stops=True)


def draw_answer(sheet: Sheet, status: Status) -> None:
    """What a press of a button came to."""
    remark = status.scene.remark
    is_refusal = remark is not None and remark.is_refusal
    said = Words(words.plain(remark.text) if remark else "", em=1.1, lines=7)
    announce(sheet, "Not done" if is_refusal else "Done", [said], stops=is_refusal)


def draw_mirror(sheet: Sheet, status: Status) -> None:
    """The mirror stick is not there; where sales wait for it, how to go on."""
    mirror = status.scene.mirror
    waits = mirror is not None and mirror.is_sync
    without = "Or tap Go on without on the console: sales then have no second copy." if waits else ""
    paragraphs = [
        Words("Plug the mirror stick in again.", em=1.2, bold=True, lines=2),
        Words("Sales wait until it is back." if waits else "Until then sales have no second copy.", lines=2, gap=0.9),
        Words(without, em=0.9, lines=3, gap=0.9, spare=1),
    ]
    announce(sheet, "Mirror stick missing", paragraphs, stops=waits)


def draw_owed(sheet: Sheet, status: Status) -> None:
    """How many have paid and got nothing."""
    paid = "1 payment has no copy yet." if status.owed == 1 else f"{status.owed} payments have no copy yet."
    paragraphs = [
        Words(paid, em=1.2, bold=True, lines=2),
        Words("Hand out a copy, or give the money back.", lines=2, gap=0.9),
        Words("On the console: Redeem.", em=0.9, lines=2, gap=0.9, spare=1),
    ]
    announce(sheet, "Owed", paragraphs)


def draw_clock(sheet: Sheet, status: Status) -> None:
    """What the box asks about the time."""
    asked = [fault.text for fault in status.faults if fault.code in NEEDS_CLOCK]
    paragraphs = [Words(text, lines=4, gap=0.9) for text in asked]
    announce(sheet, "What time is it?", paragraphs)


def draw_not_synced(sheet: Sheet, status: Status) -> None:
    """How much the collector does not know, and since when."""
    sync = status.scene.sync
    why = words.plain(sync.text) if sync is not None and sync.doing is SyncDoing.WAITING else ""
    paragraphs = [
        Words(words.entries(status.unsynced), em=1.2, bold=True, lines=2),
        Words(f"The oldest is {words.age(status.unsynced.oldest_s)} old.", lines=2, gap=0.6),
        Words(why, em=0.9, lines=3, gap=0.6, spare=3),
        Words("They are safe on this box, and on this box alone.", em=0.9, lines=3, gap=0.9, spare=2),
        Words("Take them away on a stick, or bring the box online.", em=0.9, lines=3, gap=0.6, spare=1),
    ]
    announce(sheet, "Not synced", paragraphs)


def draw_stopping(sheet: Sheet, _status: Status) -> None:
    """The box goes off in a moment."""
    paragraphs = [
        Words("Downloads end in a few seconds.", em=1.2, bold=True, lines=3),
        Words("What is bought stays bought: come back with your link, and download again.", lines=4, gap=0.9),
    ]
    announce(sheet, "Switching off", paragraphs, stops=True)


def draw_empty(sheet: Sheet, status: Status) -> None:
    """A box that has nothing to sell yet."""
    say(
        sheet,
        readable(status.name, status.box),
        "No drop here yet. Copy a bundle into the inbox and it shows up by itself.",
    )
