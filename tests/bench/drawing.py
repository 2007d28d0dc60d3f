"""Frames and codes as the displays' threads draw them: milliseconds on one core, at the sizes of the usual panels.

Each code is drawn for the first time, as a new claim's is; frames are drawn again, as after a change of stock.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from appliance.draw import qr
from appliance.draw.canvas import Canvas, Mode
from appliance.screens.examples import EXAMPLES
from appliance.screens.frames import draw
from appliance.screens.pages import Page
from tests.bench.probes import ROUNDS
from tests.bench.table import Row, plain

_PANELS: tuple[tuple[tuple[int, int], Mode], ...] = (
    ((250, 122), "1"),
    ((400, 300), "1"),
    ((800, 480), "RGB"),
    ((1920, 1080), "RGB"),
)
_OFTEN = 5  # frames or codes in a round


def rows(_folder: Path) -> Iterator[Row]:
    """The rows of this part; writes nothing."""
    for size, mode in _PANELS:
        yield _frames(size, mode)
        yield plain(f"code of a new claim, {_shown(size)}", _median_ms(partial(_draw_code, size, mode)), " ms")


def _frames(size: tuple[int, int], mode: Mode) -> Row:
    each = {page: _median_ms(partial(_draw_page, page, size, mode)) for page in Page}
    slowest = max(each, key=lambda page: each[page])
    note = f"slowest: {slowest}, {each[slowest]:.1f} ms"
    return plain(f"frame with the shop, {_shown(size)}", each[Page.SHOP], " ms", note)


def _shown(size: tuple[int, int]) -> str:
    return "x".join(map(str, size))


def _draw_page(page: Page, size: tuple[int, int], mode: Mode, turn: int) -> None:
    """The page's example, with other numbers of copies each time."""
    status = EXAMPLES[page]
    drops = tuple(replace(drop, left=drop.left and turn + 1) for drop in status.drops)
    draw(page, replace(status, drops=drops), size, mode)


def _draw_code(size: tuple[int, int], mode: Mode, turn: int) -> None:
    qr.matrix.cache_clear()
    canvas = Canvas(size, mode)
    canvas.qr(canvas.area, f"HTTP://10.42.0.1/C/7KQ2M3VD9XWT{turn:04d}")


def _median_ms(does: Callable[[int], object]) -> float:
    """Milliseconds for one of many, the median of some rounds."""

    def once() -> float:
        begin = time.perf_counter()
        for turn in range(_OFTEN):
            does(turn)
        return (time.perf_counter() - begin) * 1000 / _OFTEN

    return statistics.median(once() for _ in range(ROUNDS))
