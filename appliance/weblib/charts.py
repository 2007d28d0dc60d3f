"""Bar charts as SVG, made on the server: numbers in, a picture out that needs no script and no style of its own.

Every bar says its name and value in words, too, for those who hear the page. Knows nothing of what is counted.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH = 640
_ROW = 30
_COLUMN_HEIGHT = 180


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `shown` is its value in words, such as €16.00."""

    name: str
    value: int
    shown: str


def rows(title: str, bars: Sequence[Bar]) -> str:
    """Bars that lie, each beside its name: for things that have names. The longest fills the width."""
    most = max((bar.value for bar in bars), default=0) or 1
    drawn = "".join(_lying(at, bar, most) for at, bar in enumerate(bars))
    return _picture(title, _ROW * max(1, len(bars)), drawn, bars)


def columns(title: str, bars: Sequence[Bar]) -> str:
    """Bars that stand in a row: for a course of time. Every few carry their name below."""
    most = max((bar.value for bar in bars), default=0) or 1
    step = _WIDTH / max(1, len(bars))
    every = -(-len(bars) // 12)
    drawn = "".join(_standing(at, bar, most, step, named=at % every == 0) for at, bar in enumerate(bars))
    return _picture(title, _COLUMN_HEIGHT + 24, drawn, bars)


def _picture(title: str, height: int, drawn: str, bars: Sequence[Bar]) -> str:
    told = "; ".join(f"{bar.name}: {bar.shown}" for bar in bars)
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{html.escape(title)}</title><desc>{html.escape(told)}</desc>{drawn}</svg>"
    )


def _lying(at: int, bar: Bar, most: int) -> str:
    top = at * _ROW
    length = max(2, round(bar.value / most * (_WIDTH * 0.5))) if bar.value else 0
    name, left = html.escape(_short(bar.name, 30)), round(_WIDTH * 0.34)
    return (
        f'<text x="0" y="{top + 20}">{name}</text>'
        f'<rect x="{left}" y="{top + 6}" width="{length}" height="{_ROW - 12}" rx="3"/>'
        f'<text x="{left + length + 8}" y="{top + 20}">{html.escape(bar.shown)}</text>'
    )


def _standing(at: int, bar: Bar, most: int, step: float, *, named: bool) -> str:
    height = max(2, round(bar.value / most * (_COLUMN_HEIGHT - 20))) if bar.value else 0
    left, width = round(at * step + step * 0.12, 1), round(step * 0.76, 1)
    label = f'<text x="{round((at + 0.5) * step, 1)}" y="{_COLUMN_HEIGHT + 18}" text-anchor="middle">'
    return (
        f'<rect x="{left}" y="{_COLUMN_HEIGHT - height}" width="{width}" height="{height}" rx="2">'
        f"<title>{html.escape(f'{bar.name}: {bar.shown}')}</title></rect>"
        + (f"{label}{html.escape(bar.name)}</text>" if named else "")
    )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
