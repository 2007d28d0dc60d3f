"""Pages with a code for one phone: a payment on the web, a phone that is to be paired."""

from __future__ import annotations

from appliance.core.status import Status
from appliance.draw.column import Words
from appliance.draw.text import readable
from appliance.screens import words
from appliance.screens.sheet import Sheet


def draw_pay(sheet: Sheet, status: Status, place: int) -> None:
    """Where the price option at `place` is paid on the web, which the buyer's phone reaches by itself."""
    link = status.pay[place % len(status.pay)]
    paragraphs = [
        Words("Pay on your phone", em=0.8, soft=True, lines=2, spare=2),
        Words(readable(link.title, link.slug), em=1.3, bold=True, lines=3, gap=0.6, eases=True),
        Words(readable(link.price_title, ""), em=0.8, soft=True, lines=2, gap=0.5, spare=1, eases=True),
        Words(words.money(link.amount, link.currency), em=1.5, gap=0.9, narrows=True),
        Words("With your phone’s own internet", em=0.7, soft=True, lines=2, gap=1.0, spare=3),
    ]
    _draw_code(sheet, link.url, paragraphs, "Pay at the stall: the code needs a larger display.")


def draw_pairing(sheet: Sheet, status: Status) -> None:
    """The code that makes a phone one of the stall's."""
    invitation = status.scene.invitation
    if invitation is None:
        return
    paragraphs = [
        Words("Pair a phone", em=1.5, bold=True, lines=2),
        Words("Scan with the phone that is to sell.", em=0.9, lines=3, gap=0.9),
        Words("Then confirm it on a phone that is paired.", em=0.9, lines=3, gap=0.9),
        Words("Not for buyers.", em=0.8, soft=True, gap=0.9, spare=1),
    ]
    _draw_code(sheet, invitation.url, paragraphs, "Pair by the owner card: the code needs a larger display.")


def _draw_code(sheet: Sheet, content: str, paragraphs: list[Words], instead: str) -> None:
    picture, rest = sheet.halves(0.56)
    if not sheet.canvas.qr(picture, content):
        rest = sheet.body
        paragraphs = [*paragraphs[:-1], Words(instead, em=0.8, lines=3, gap=0.9)]
    sheet.column(rest, paragraphs, largest=sheet.headline, down=sheet.down)
