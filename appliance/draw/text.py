"""Words set in the one typeface of stallbox (Noto Sans): which characters it has, breaking into lines, fitting.

It measures; `canvas` draws. Sizes are pixels per em. FreeType's basic layout is used everywhere, so that all
machines set the same lines; scripts that need shaping are not drawn but replaced by the caller's fallback.
"""

from __future__ import annotations

import math
import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

CAP_HEIGHT = 0.714  # of Noto Sans, in em
DESCENT = 0.24  # how far g and y go below the line, in em
LEADING = 1.25  # from line to line, in em
ELLIPSIS = "…"

_FACES = {
    bold: Path(__file__).with_name("fonts") / f"NotoSans-{weight}.ttf"
    for bold, weight in ((False, "Regular"), (True, "Bold"))
}
_RIGHT_TO_LEFT = ("R", "AL")


@lru_cache(maxsize=16)  # FreeType keeps a third of a megabyte for each; what they measured is kept below
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The typeface in one size and weight."""
    return ImageFont.truetype(_FACES[bold], size, layout_engine=ImageFont.Layout.BASIC)


def drawable(text: str) -> bool:
    """Whether every character of `text` can be drawn as its readers expect."""
    return all(_has(character) for character in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=4096)
def _has(character: str) -> bool:
    if unicodedata.category(character).startswith("C") or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT:
        return False
    return character.isspace() or _glyph(character) != _glyph("\uffff")


def _glyph(character: str) -> bytes:
    mask = font(32).getmask(character)
    return bytes(str(mask.size), "ascii") + bytes(mask)


def readable(text: str, fallback: str) -> str:
    """`text` on one line, or `fallback` where a reader would see boxes."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    return line if line and drawable(line) else fallback


def width(text: str, size: int, *, bold: bool = False) -> int:
    """How many pixels `text` takes on one line. The basic layout sets no kerning: advances add up."""
    return math.ceil(sum(_advance(character, size, bold) for character in text))


@lru_cache(maxsize=16384)
def _advance(character: str, size: int, bold: bool) -> float:
    return font(size, bold=bold).getlength(character)


def height(lines: int, size: int) -> int:
    """From the top of the capitals of the first line to the tails of the last, in pixels."""
    return round(size * (CAP_HEIGHT + DESCENT + LEADING * (lines - 1)))


def wrap(text: str, size: int, room: int, *, bold: bool = False) -> list[str]:
    """`text` in lines no wider than `room` pixels. A word that is wider than a line is broken."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width(longer, size, bold=bold) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, size, room, bold=bold)
        lines += full
    return [*lines, line] if line else lines


def breaks_a_word(text: str, size: int, room: int, *, bold: bool = False) -> bool:
    """Whether `wrap` would have to break inside a word."""
    return any(width(word, size, bold=bold) > room for word in text.split())


def _pieces(word: str, size: int, room: int, *, bold: bool) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and width(pieces[-1] + character, size, bold=bold) > room:
            pieces.append("")
        pieces[-1] += character
    return pieces


def shorten(lines: list[str], most: int, size: int, room: int, *, bold: bool = False) -> list[str]:
    """At most `most` lines; where some are left out, the last one ends in an ellipsis."""
    if len(lines) <= most:
        return lines
    last = " ".join(lines[most - 1 :])
    while last and width(last + ELLIPSIS, size, bold=bold) > room:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip(" ,.;:–-") + ELLIPSIS]
