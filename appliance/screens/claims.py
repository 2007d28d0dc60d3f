"""The page of those who wait: each claim's QR code, its pickup number and which copy it is."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.status import Status, WaitingClaim
from appliance.draw.column import Words
from appliance.draw.text import readable
from appliance.screens import words
from appliance.screens.cards import are_large, deal, draw_card
from appliance.screens.pages import waiting
from appliance.screens.sheet import Sheet


def draw_claims(sheet: Sheet, status: Status) -> None:
    """Up to three of equal size where their codes stay large, else the newest alone, as large as it can."""
    claims = waiting(status)
    cards = deal(sheet.outer.split_bottom(sheet.margin)[0], len(claims), sheet.margin)
    if len(claims) > 1 and are_large(cards, [claim.url for claim in claims]):
        for card, claim in zip(cards, claims, strict=True):
            draw_card(sheet, card, claim.url, _words(claim))
    else:
        _draw_newest(sheet, status, claims)


def _words(claim: WaitingClaim) -> list[Words]:
    return [
        Words(claim.pickup or "", em=2.0, bold=True, narrows=True),
        Words(words.number(claim), em=1.0, bold=True, gap=0.6, narrows=True),
        Words(readable(claim.title, ""), em=0.8, soft=True, lines=2, gap=0.5, spare=1, eases=True),
    ]


def _draw_newest(sheet: Sheet, status: Status, claims: Sequence[WaitingClaim]) -> None:
    claim = claims[0]
    picture, rest = sheet.halves(0.56)
    scannable = sheet.canvas.qr(picture, claim.url)
    if not scannable:
        rest = sheet.body
    paragraphs = [
        Words("Scan to download" if scannable else "Your download", em=0.7, soft=True, lines=2, spare=4),
        Words(readable(claim.title, ""), em=1.0, bold=True, lines=2, gap=0.5, spare=1, eases=True),
        Words(words.number(claim), em=1.3, bold=True, gap=0.5, narrows=True),
        Words(_how_to_type(status, claim), em=0.7, soft=True, lines=2, gap=1.1, spare=3),
        Words(claim.pickup or "", em=2.4, bold=True, gap=0.5, narrows=True),
        Words(_others(claims[1:]), em=0.7, soft=True, lines=2, gap=0.8, spare=2),
    ]
    sheet.column(rest, paragraphs, largest=sheet.headline, down=sheet.down)


def _how_to_type(status: Status, claim: WaitingClaim) -> str:
    return f"or type at {words.address(status)}" if claim.pickup else ""


def _others(claims: Sequence[WaitingClaim]) -> str:
    numbers = [claim.pickup for claim in claims if claim.pickup]
    return f"also {', '.join(numbers)}" if numbers else ""
