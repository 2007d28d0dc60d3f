"""Draws docs/header.svg: the 40-pin header of a Raspberry Pi, and what a stall's parts take of it.

Knows the header and the default pins. `python -m docs.header` in the project's folder writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from html import escape
from pathlib import Path

BCM = {
    **{3: 2, 5: 3, 7: 4, 8: 14, 10: 15, 11: 17, 12: 18, 13: 27, 15: 22, 16: 23, 18: 24, 19: 10, 21: 9, 22: 25},
    **{23: 11, 24: 8, 26: 7, 27: 0, 28: 1, 29: 5, 31: 6, 32: 12, 33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21},
}
FIXED = {
    **dict.fromkeys((1, 17), "3V3"),
    **dict.fromkeys((2, 4), "5 V"),
    **dict.fromkeys((6, 9, 14, 20, 25, 30, 34, 39), "GND"),
}


class Part(Enum):
    """Who takes a pin: a colour, the word on its labels, the words in the legend."""

    BUTTON = ("#1d4ed8", "button", "buttons, to GND")
    LAMP = ("#b45309", "lamp", "lamp, 330 Ω each")
    BUZZER = ("#7e22ce", "buzzer", "buzzer, by NPN + 1 kΩ")
    CLOCK = ("#0f766e", "clock", "clock DS3231")
    PANEL = ("#52525b", "panel", "e-ink panel, Waveshare")


TAKEN = {
    1: (Part.CLOCK, "3V3"),
    3: (Part.CLOCK, "SDA"),
    5: (Part.CLOCK, "SCL"),
    9: (Part.CLOCK, "GND"),
    2: (Part.BUZZER, "5 V"),
    14: (Part.BUZZER, "GND"),
    16: (Part.BUZZER, "on"),
    11: (Part.PANEL, "RST"),
    12: (Part.PANEL, "PWR"),
    17: (Part.PANEL, "3V3"),
    18: (Part.PANEL, "BUSY"),
    19: (Part.PANEL, "DIN"),
    20: (Part.PANEL, "GND"),
    22: (Part.PANEL, "DC"),
    23: (Part.PANEL, "CLK"),
    24: (Part.PANEL, "CS"),
    32: (Part.LAMP, "red"),
    33: (Part.LAMP, "green"),
    34: (Part.LAMP, "GND"),
    35: (Part.LAMP, "blue"),
    37: (Part.BUTTON, "stick"),
    38: (Part.BUTTON, "next"),
    39: (Part.BUTTON, "GND"),
    40: (Part.BUTTON, "sell"),
}

WIDTH, TOP, PITCH = 760, 112, 32
MIDDLE = WIDTH // 2
_HEIGHT = TOP + 20 * PITCH + 112
_CHIP, _NAME = 132, 66  # widths of a part's label, and of the pin's own name
_INK, _PALE, _BOARD = "#18181b", "#71717a", "#14532d"


def svg() -> str:
    """The drawing. Same table, same text."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{_HEIGHT}" '
            f'viewBox="0 0 {WIDTH} {_HEIGHT}" font-family="Noto Sans, Helvetica, Arial, sans-serif" role="img">',
            "<title>The 40-pin header and what a stall's parts take of it</title>",
            f'<rect width="{WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
            *_heading(),
            *_board(),
            *(line for pin in range(1, 41) for line in _pin(pin)),
            *_legend(),
            "</svg>\n",
        )
    )


def _heading() -> Iterator[str]:
    yield _text(MIDDLE, 34, "Raspberry Pi header, seen from above", 20, bold=True)
    yield _text(
        MIDDLE, 58, "Pin 1: at the end with the memory card, in the row away from the edge of the board.", 14, _PALE
    )
    yield _text(MIDDLE - 52, 88, "odd pins", 13, _PALE, anchor="end")
    yield _text(MIDDLE + 52, 88, "even pins", 13, _PALE, anchor="start")


def _board() -> Iterator[str]:
    yield (
        f'<rect x="{MIDDLE - 40}" y="{TOP - 28}" width="80" height="{20 * PITCH + 24}" rx="10" fill="{_BOARD}"/>'
        f'<rect x="{MIDDLE - 33}" y="{TOP - 18}" width="66" height="{20 * PITCH + 4}" rx="4" fill="{_INK}"/>'
    )


def _pin(pin: int) -> Iterator[str]:
    side = -1 if pin % 2 else 1
    x, y = MIDDLE + side * 17, TOP + (pin - 1) // 2 * PITCH
    part, label = TAKEN.get(pin, (None, ""))
    colour = part.value[0] if part else "#e4e4e7"
    corner = 3 if pin == 1 else 12
    yield (
        f'<rect x="{x - 12}" y="{y - 12}" width="24" height="24" rx="{corner}" fill="{colour}" '
        'stroke="#fafafa" stroke-width="1.5"/>'
    )
    yield _text(x, y + 4.5, str(pin), 12, "#ffffff" if part else _PALE, bold=part is not None)
    end = MIDDLE + side * 52
    name = FIXED.get(pin) or f"BCM {BCM[pin]}"
    yield _text(end, y + 5, name, 14, _INK if part else "#a1a1aa", anchor="end" if side < 0 else "start")
    if part:
        yield from _chip(end + side * _NAME, y, side, colour, f"{part.value[1]} {label}")


def _chip(near: int, y: int, side: int, colour: str, label: str) -> Iterator[str]:
    left = near if side > 0 else near - _CHIP
    yield f'<line x1="{near - side * 8}" y1="{y}" x2="{near}" y2="{y}" stroke="{colour}" stroke-width="2"/>'
    yield f'<rect x="{left}" y="{y - 12}" width="{_CHIP}" height="24" rx="12" fill="{colour}"/>'
    yield _text(left + _CHIP // 2, y + 5, label, 14, "#ffffff", bold=True)


def _legend() -> Iterator[str]:
    top = TOP + 20 * PITCH + 24
    for place, part in enumerate(Part):
        column, row = place % 3, place // 3
        x, y = 60 + column * 232, top + row * 32
        colour, _, words = part.value
        yield f'<rect x="{x}" y="{y - 11}" width="22" height="22" rx="11" fill="{colour}"/>'
        yield _text(x + 32, y + 5, words, 14, anchor="start")
    yield f'<rect x="{60 + 2 * 232}" y="{top + 21}" width="22" height="22" rx="11" fill="#e4e4e7"/>'
    yield _text(92 + 2 * 232, top + 37, "not used", 14, anchor="start")


def _text(
    x: float, y: float, words: str, size: int, fill: str = _INK, *, bold: bool = False, anchor: str = "middle"
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{fill}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'
    )


if __name__ == "__main__":
    Path(__file__).with_name("header.svg").write_text(svg(), encoding="utf-8")
