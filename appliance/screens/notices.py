"""Pages that say one thing: sold out, a fault, nothing to sell yet."""

from __future__ import annotations

from appliance.core.status import Status
from appliance.draw.column import Words
from appliance.draw.text import readable
from appliance.screens import words
from appliance.screens.plain import say
from appliance.screens.sheet import Sheet
from appliance.screens.turns import STOPS_SELLING


def draw_sold_out(sheet: Sheet, status: Status) -> None:
    """White on black beside the shop's code: buyers come back for their downloads, and some may be owed a copy."""
    picture, rest = sheet.halves(0.5)
    if not sheet.canvas.qr(picture, status.shop_url):
        rest = sheet.body
    sheet.canvas.rule(rest)
    title = words.title(status.drops[0]) if len(status.drops) == 1 else ""
    paragraphs = [
        Words("Sold out", em=2.2, bold=True, narrows=True),
        Words(title, em=0.9, bold=True, lines=3, gap=0.8, spare=1),
        Words("Thank you!", em=0.9, gap=0.6, spare=2),
        Words("Bought one? Scan to get to your download.", em=0.7, lines=4, gap=0.9, spare=3),
        Words(sheet.footless if status.faults else "", em=0.7, lines=2, gap=0.7),
    ]
    sheet.canvas.column(
        rest.inset(sheet.margin * 2, sheet.margin), paragraphs, largest=sheet.headline, ink=_white(sheet)
    )


def draw_fault(sheet: Sheet, status: Status) -> None:
    """What stops the sale, and what to do about it."""
    head, rest = sheet.body.split_top(min(round(sheet.body.height * 0.3), sheet.headline * 3), sheet.margin)
    sheet.canvas.rule(head)
    sheet.canvas.column(
        head.inset(sheet.margin * 2, sheet.margin // 2),
        [Words("Sales are paused", em=1.4, bold=True, lines=2)],
        largest=sheet.headline,
        ink=_white(sheet),
    )
    stopping = [fault for fault in status.faults if fault.code in STOPS_SELLING]
    others = [fault for fault in status.faults if fault.code not in STOPS_SELLING]
    paragraphs = [Words(fault.text, lines=6, gap=0.9) for fault in stopping]
    paragraphs += [Words(fault.text, em=0.8, soft=True, lines=3, gap=0.9, spare=1) for fault in others]
    paragraphs.append(Words(sheet.footless, em=0.8, soft=True, lines=2, gap=0.9, spare=2))
    sheet.canvas.column(rest.inset(sheet.margin * 2, 0), paragraphs, largest=round(sheet.headline * 0.8), down=0.2)


def draw_empty(sheet: Sheet, status: Status) -> None:
    """A box that has nothing to sell yet."""
    say(
        sheet,
        readable(status.name, status.box),
        "No drop here yet. Copy a bundle into the inbox and it shows up by itself.",
    )


def _white(sheet: Sheet) -> int | tuple[int, int, int]:
    return 1 if sheet.canvas.image.mode == "1" else (255, 255, 255)
