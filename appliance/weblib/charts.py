"""Bars as SVG, made on the server: numbers in, a picture out that needs no script and no style of its own.

Widths are parts of whatever place the page gives, so that words keep their size on a phone. What a picture shows is
said in words, too, for those who hear the page. Knows nothing of what is counted.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

_HEIGHT = 176
_HEAD = 26  # room for the highest value in words
_FOOT = 24  # room for the ticks
_TICKS = 6
_WIDEST = 7.0  # percent: a single hour shall not be a wall


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `shown` is its value in words, such as €16.00; `tick` is what the axis calls it."""

    name: str
    value: int
    shown: str
    tick: str


def columns(title: str, bars: Sequence[Bar]) -> str:
    """Bars that stand in a row: for a course of time. A few carry their tick, the highest says its value."""
    highest = max(bars, key=lambda bar: bar.value, default=None)
    if highest is None:
        return ""
    step = 100 / len(bars)
    every = -(-len(bars) // _TICKS)
    drawn = "".join(_column(at, bar, highest.value or 1, step) for at, bar in enumerate(bars))
    ticks = "".join(_tick(at, bar.tick, step) for at, bar in enumerate(bars) if at % every == 0)
    told = "; ".join(f"{bar.name}: {bar.shown}" for bar in bars if bar.value)
    return (
        f'<svg class="columns" width="100%" height="{_HEIGHT + _FOOT}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{html.escape(title)}</title><desc>{html.escape(told)}</desc>"
        f'<line class="top" x1="0" x2="100%" y1="{_HEAD}.5" y2="{_HEAD}.5"/>'
        f'<text x="0" y="{_HEAD - 8}">{html.escape(highest.shown)}</text>{drawn}'
        f'<line x1="0" x2="100%" y1="{_HEIGHT}.5" y2="{_HEIGHT}.5"/>{ticks}</svg>'
    )


def lying(share: float) -> str:
    """One bar that lies, as long as `share` (0 to 1) of its place: beside a name and a number that say the same."""
    width = max(0.0, min(1.0, share)) * 100
    return (
        '<svg class="lying" width="100%" height="8" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">'
        '<rect class="way" width="100%" height="8" rx="4"/>'
        f'<rect width="{_short(width)}%" height="8" rx="4"/></svg>'
    )


def _column(at: int, bar: Bar, most: int, step: float) -> str:
    height = max(2, round(bar.value / most * (_HEIGHT - _HEAD))) if bar.value > 0 else 0
    width = min(step * 0.72, _WIDEST)
    left = (at + 0.5) * step - width / 2
    place = f'x="{_short(left)}%" y="{_HEIGHT - height}" width="{_short(width)}%" height="{height}"'
    return f'<rect {place} rx="2"><title>{html.escape(f"{bar.name}: {bar.shown}")}</title></rect>'


def _tick(at: int, text: str, step: float) -> str:
    """The first begins where the picture does: centred, half of it would lie outside."""
    anchor, x = ("start", 0.0) if at == 0 and step < 12 else ("middle", (at + 0.5) * step)
    return f'<text x="{_short(x)}%" y="{_HEIGHT + 18}" text-anchor="{anchor}">{html.escape(text)}</text>'


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
