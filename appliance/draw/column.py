"""A column of words that fills its area: the largest size at which all of it fits, down to a smallest one.

Whoever lays out a page says what is said and how important it is; this module finds sizes, lines and places.
What cannot fit at the smallest size is shortened with an ellipsis, or left out where the page calls it spare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.draw import text as type_
from appliance.draw.area import Area

_EASES = (1.0, 0.8, 0.65, 0.5)
_WORTH_IT = 1.25  # a paragraph eases only where the others grow by this much

SMALLEST = 12  # pixels; below this nobody reads a 1-bit panel


@dataclass(frozen=True, slots=True)
class Words:
    """One paragraph. Sizes are relative to the column's base size, which the fitting finds."""

    text: str
    em: float = 1.0
    bold: bool = False
    soft: bool = False  # grey where the display has greys
    lines: int = 1  # at most
    gap: float = 0.55  # above it, in base sizes
    spare: int = 0  # where room is short, the highest goes first; 0 stays
    eases: bool = False  # shrinks before it makes the whole column small
    narrows: bool = False  # one line that takes a smaller size where it would be too wide


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its place: `x` at its left, `y` at its base line."""

    text: str
    x: int
    y: int
    size: int
    bold: bool
    soft: bool


@dataclass(frozen=True, slots=True)
class _Set:
    words: Words
    size: int
    lines: tuple[str, ...]

    @property
    def height(self) -> int:
        return type_.height(len(self.lines), self.size)


def column(
    area: Area,
    paragraphs: Sequence[Words],
    *,
    largest: int,
    smallest: int = SMALLEST,
    across: float = 0.0,
    down: float = 0.5,
) -> list[Line]:
    """Lines for `paragraphs` within `area`, the base size between `smallest` and `largest` pixels.

    `across` and `down` place the lines in spare room: 0 left or top, 0.5 in the middle, 1 right or bottom.
    """
    rest = _within_lines(area, paragraphs, smallest)
    while True:
        fitted = _eased(area, rest, largest, smallest)
        if fitted is not None:
            base, rest = fitted
            return _placed(area, _laid(area, rest, base, smallest), base, across, down)
        spare = max(rest, key=lambda words: words.spare)
        if not spare.spare:
            return _placed(area, _lowered(area, rest, smallest), smallest, across, down)
        rest.remove(spare)


def largest_base(area: Area, paragraphs: Sequence[Words], *, largest: int, smallest: int = SMALLEST) -> int | None:
    """The base size at which all `paragraphs` fit; None if not even the smallest does."""
    fitted = _eased(area, _within_lines(area, paragraphs, smallest), largest, smallest)
    return fitted[0] if fitted else None


def _within_lines(area: Area, paragraphs: Sequence[Words], smallest: int) -> list[Words]:
    """The paragraphs that say something; one whose lines do not suffice even at the smallest size is shortened."""
    kept = []
    for words in paragraphs:
        lines = type_.wrap(words.text, smallest, area.width, bold=words.bold)
        short = type_.shorten(lines, words.lines, smallest, area.width, bold=words.bold)
        if short:
            kept.append(words if short == lines else replace(words, text=" ".join(short)))
    return kept


def _eased(area: Area, rest: list[Words], largest: int, smallest: int) -> tuple[int, list[Words]] | None:
    """The base size, and the paragraphs with those that ease shrunk as far as the others gain from it."""
    best: tuple[int, list[Words]] | None = None
    for ease in _EASES:
        eased = [replace(words, em=words.em * ease) if words.eases else words for words in rest]
        base = _fitting_base(area, eased, largest, smallest)
        if base is not None and (best is None or base > best[0] * _WORTH_IT):
            best = (base, eased)
    return best


def _fitting_base(area: Area, rest: Sequence[Words], largest: int, smallest: int) -> int | None:
    if not _fits(area, rest, smallest, smallest):
        return None
    low, high = smallest, max(smallest, largest)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(area, rest, middle, smallest) else (low, middle - 1)
    return low


def _fits(area: Area, rest: Sequence[Words], base: int, smallest: int) -> bool:
    sets = _laid(area, rest, base, smallest)
    return _total(sets, base) <= area.height and all(
        len(each.lines) <= each.words.lines
        and (
            each.size == smallest
            or not type_.breaks_a_word(each.words.text, each.size, area.width, bold=each.words.bold)
        )
        for each in sets
    )


def _laid(area: Area, rest: Sequence[Words], base: int, smallest: int) -> list[_Set]:
    sets = []
    for words in rest:
        size = _size(area, words, base, smallest)
        lines = type_.wrap(words.text, size, area.width, bold=words.bold)
        sets.append(_Set(words, size, tuple(lines)))
    return sets


def _size(area: Area, words: Words, base: int, smallest: int) -> int:
    size = max(smallest, round(base * words.em))
    while words.narrows and size > smallest and type_.width(words.text, size, bold=words.bold) > area.width:
        size -= 1
    return size


def _lowered(area: Area, rest: Sequence[Words], smallest: int) -> list[_Set]:
    """Everything in the smallest size, the last lines of the longest paragraph cut off until the height is kept."""
    sets = _laid(area, [replace(words, em=0) for words in rest], smallest, smallest)
    while sets and _total(sets, smallest) > area.height:
        longest = max(range(len(sets)), key=lambda index: (len(sets[index].lines), index))
        each = sets[longest]
        fewer = len(each.lines) - 1
        if not fewer:
            del sets[longest]
            continue
        lines = type_.shorten(list(each.lines), fewer, smallest, area.width, bold=each.words.bold)
        sets[longest] = replace(each, lines=tuple(lines))
    return sets


def _total(sets: Sequence[_Set], base: int) -> int:
    gaps = sum(round(base * each.words.gap) for each in sets[1:])
    return sum(each.height for each in sets) + gaps


def _placed(area: Area, sets: Sequence[_Set], base: int, across: float, down: float) -> list[Line]:
    placed = []
    y = area.top + round(max(0, area.height - _total(sets, base)) * down)
    for index, each in enumerate(sets):
        y += round(base * each.words.gap) if index else 0
        words = each.words
        for row, line in enumerate(each.lines):
            spare = area.width - type_.width(line, each.size, bold=words.bold)
            place = y + round(each.size * (type_.CAP_HEIGHT + row * type_.LEADING))
            placed.append(
                Line(line, area.left + round(max(0, spare) * across), place, each.size, words.bold, words.soft)
            )
        y += each.height
    return placed
