"""Codes of equal rank: beside each other on a wide page, above each other on a tall one, each with its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.draw import qr
from appliance.draw.area import Area
from appliance.draw.column import Words
from appliance.screens.sheet import Sheet

_BESIDE = 4  # pixels per module: where codes would be smaller each has the page to itself
_WORDS = 0.36  # of a card's height, below its code; or of its width, at its right
_GAP = 0.3  # of the margin, between words and the next card


@dataclass(frozen=True, slots=True)
class Card:
    """Where a code stands, and its words; `across` as in a column."""

    code: Area
    words: Area
    across: float


def deal(area: Area, count: int, margin: int, *, words: float = _WORDS) -> tuple[Card, ...]:
    """So many cards of equal size in `area`; `words` is the share of a card that is below its code."""
    if area.width >= area.height * 1.15:
        return tuple(_upright(card, margin, words) for card in area.columns(count))
    height = area.height // count
    tops = [Area(area.left, area.top + height * place, area.right, 0) for place in range(count)]
    return tuple(_lying(Area(top.left, top.top, top.right, top.top + height), margin) for top in tops)


def _upright(card: Area, margin: int, words: float) -> Card:
    code, below = card.split_top(min(card.width, round(card.height * (1 - words))))
    return Card(code, below.inset(margin, round(margin * _GAP)), 0.5)


def _lying(card: Area, margin: int) -> Card:
    code, beside = card.split_left(min(card.height, round(card.width * (1 - _WORDS))))
    return Card(code, beside.inset(round(margin * _GAP), margin), 0.0)


def are_large(cards: Sequence[Card], contents: Sequence[str]) -> bool:
    """Whether a phone reads every code over the table."""
    return all(
        (qr.pixels_per_module(content, min(card.code.width, card.code.height)) or 0) >= _BESIDE
        for card, content in zip(cards, contents, strict=True)
    )


def draw_card(sheet: Sheet, card: Card, content: str, paragraphs: Sequence[Words]) -> None:
    """A code with its words."""
    sheet.canvas.qr(card.code, content)
    down = 0.1 if card.across else 0.5
    sheet.column(card.words, paragraphs, largest=sheet.headline, across=card.across, down=down)
