"""The pages of a stall that sells nothing more: sold out, closed. Buyers still get at what they bought."""

from __future__ import annotations

from appliance.core.status import Status
from appliance.draw.column import Words
from appliance.screens import words
from appliance.screens.sheet import Sheet


def draw_sold_out(sheet: Sheet, status: Status) -> None:
    """The last copy is gone; some may be owed one, which a fault at the foot says."""
    title = words.title(status.drops[0]) if len(status.drops) == 1 else ""
    _draw_end(sheet, status, "Sold out", title, sheet.footless if status.faults else "")


def draw_closed(sheet: Sheet, status: Status) -> None:
    """The day is over; what is not synced shows on every panel, since the box may now be carried away."""
    _draw_end(sheet, status, "Closed", "", words.unsynced(status.unsynced))


def _draw_end(sheet: Sheet, status: Status, headline: str, title: str, note: str) -> None:
    """White on black beside the shop's code."""
    picture, rest = sheet.halves(0.5)
    if not sheet.canvas.qr(picture, status.shop_url):
        rest = sheet.body
    sheet.canvas.rule(rest)
    paragraphs = [
        Words(headline, em=2.2, bold=True, narrows=True),
        Words(title, em=0.9, bold=True, lines=3, gap=0.8, spare=1),
        Words("Thank you!", em=0.9, gap=0.6, spare=2),
        Words("Bought one? Scan to get to your download.", em=0.7, lines=4, gap=0.9, spare=3),
        Words(note, em=0.7, lines=2, gap=0.7),
    ]
    inner = rest.inset(sheet.margin * 2, sheet.margin)
    sheet.column(inner, paragraphs, largest=sheet.headline, ink=sheet.canvas.white)
