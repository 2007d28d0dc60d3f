"""The page of those who wait: each claim's QR code, its pickup number and which copy it is."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.status import Status, WaitingClaim
from appliance.draw import qr
from appliance.draw.area import Area
from appliance.draw.column import Words
from appliance.draw.text import readable
from appliance.screens import words
from appliance.screens.pages import waiting
from appliance.screens.sheet import Sheet

_SIDE_BY_SIDE = 4  # pixels per module: where codes would be smaller the newest stands alone, as large as it can
_WORDS_SHARE = 0.36  # of a card's height, below its code


def draw_claims(sheet: Sheet, status: Status) -> None:
    """The newest claim large, or up to three beside each other where their codes stay large."""
    claims = waiting(status)
    if len(claims) > 1 and _cards_fit(sheet, claims):
        _draw_cards(sheet, claims)
    else:
        _draw_newest(sheet, status, claims)


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
    sheet.canvas.column(rest, paragraphs, largest=sheet.headline, down=sheet.down)


def _how_to_type(status: Status, claim: WaitingClaim) -> str:
    return f"or type at {words.address(status)}" if claim.pickup else ""


def _others(claims: Sequence[WaitingClaim]) -> str:
    numbers = [claim.pickup for claim in claims if claim.pickup]
    return f"also {', '.join(numbers)}" if numbers else ""


def _cards(sheet: Sheet, count: int) -> tuple[Area, ...]:
    return sheet.outer.columns(count) if sheet.wide else ()


def _code_area(card: Area) -> Area:
    square = min(card.width, round(card.height * (1 - _WORDS_SHARE)))
    return card.split_top(square)[0]


def _cards_fit(sheet: Sheet, claims: Sequence[WaitingClaim]) -> bool:
    codes = [_code_area(card) for card in _cards(sheet, len(claims))]
    sizes = [
        qr.pixels_per_module(claim.url, min(code.width, code.height)) or 0
        for code, claim in zip(codes, claims, strict=False)
    ]
    return bool(sizes) and min(sizes) >= _SIDE_BY_SIDE


def _draw_cards(sheet: Sheet, claims: Sequence[WaitingClaim]) -> None:
    for card, claim in zip(_cards(sheet, len(claims)), claims, strict=True):
        code = _code_area(card)
        sheet.canvas.qr(code, claim.url)
        paragraphs = [
            Words(claim.pickup or "", em=2.0, bold=True, narrows=True),
            Words(words.number(claim), em=1.0, bold=True, gap=0.6, narrows=True),
            Words(readable(claim.title, ""), em=0.8, soft=True, lines=2, gap=0.5, spare=1, eases=True),
        ]
        below = Area(card.left + sheet.margin, code.bottom, card.right - sheet.margin, sheet.body.bottom)
        sheet.canvas.column(below, paragraphs, largest=sheet.headline, across=0.5, down=0.2)
