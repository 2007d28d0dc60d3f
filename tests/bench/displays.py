"""How soon a status is on its way to a display, what memory a box takes with each, and what a hung panel costs sales.

From the posting on the board to the call of the driver, whose own time depends on the panel.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from PIL import Image

from appliance.board import Board
from appliance.core.pace import Pace
from appliance.core.status import Status
from appliance.devices.display import AT_ONCE_S, Mode
from appliance.services.show import Show
from tests.bench import panels, posting
from tests.bench.probes import ROUNDS, Memory, memory
from tests.bench.stalls import SLUG, daemon, make_stall
from tests.bench.table import Row, at_most, not_measured, plain
from tests.screens.samples import STATUS

T = TypeVar("T")
_POSTS = 20
_SALES = 300
_SETTLED_S = 3.0  # a panel was cleaned and has its first page, or is known to hang
_KINDS: dict[str, str | None] = {
    "no display": None,
    "file 800x480": panels.FILE,
    "file 1920x1080": panels.LARGE_FILE,
    "fb": panels.MONITOR,
    "Waveshare 4.2 inch": panels.IDLE_PANEL,
    "Inky Impression 7.3 inch": panels.COLOUR_PANEL,
}


def rows(folder: Path) -> Iterator[Row]:
    """The rows of this part; works in `folder`."""
    for pace, size, mode in (
        (Pace.INK, (250, 122), "1"),
        (Pace.INK, (400, 300), "1"),
        (Pace.SLOW, (800, 480), "1"),
        (Pace.LIGHT, (800, 480), "RGB"),
        (Pace.LIGHT, (1920, 1080), "RGB"),
    ):
        latency = asyncio.run(_post_to_show(_Stopwatch(size, mode, pace)))  # type: ignore[arg-type]
        yield plain(f"post to display, {pace.value}, {size[0]}x{size[1]} {mode}", latency * 1000, " ms")
    data = asyncio.run(make_stall(folder, {"note.txt": b"a note\n"}, 1000))
    yield from _memory_rows(data)
    yield from _hung_rows(data)


@dataclass
class _Stopwatch:
    """A display that notes when it was called."""

    size: tuple[int, int]
    mode: Mode
    pace: Pace
    longest_s: float = AT_ONCE_S
    called: list[float] = field(default_factory=list)

    def show(self, _image: Image.Image) -> None:
        self.called.append(time.perf_counter())

    def is_showing(self) -> bool:
        return True

    def idle(self) -> None:
        pass

    def close(self) -> None:
        pass


async def _post_to_show(display: _Stopwatch) -> float:
    """Median seconds, each time with another number of copies, and with the display well rested."""
    board, taken = Board(), []
    show = Show("Stall 7", board, [display], lambda: STATUS.boottime_ms, lambda *_: None, rest_s=lambda _pace: 0.0)
    task = asyncio.create_task(show.run())
    for left in range(_POSTS * ROUNDS):
        seen, posted = len(display.called), time.perf_counter()
        board.post(_with(left))
        while len(display.called) == seen:
            await asyncio.sleep(0.0005)
        taken.append(display.called[-1] - posted)
        await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.wait([task])
    return statistics.median(taken)


def _with(left: int) -> Status:
    (drop,) = STATUS.drops
    return replace(STATUS, drops=(replace(drop, left=left + 1),))


def _memory_rows(data: Path) -> Iterator[Row]:
    for name, display in _KINDS.items():
        title = f"memory of a fresh box, {name}: RSS"
        if (why := panels.missing(display)) is not None:
            yield not_measured(title, why)
            continue
        found = [_in_fresh_box(data, display, _settled) for _ in range(ROUNDS)]
        rss, pss = (statistics.median(values) for values in zip(*((each.rss, each.pss) for each in found), strict=True))
        yield plain(title, rss, " MB", f"PSS {pss:.0f} MB")


def _hung_rows(data: Path) -> Iterator[Row]:
    if (why := panels.missing(panels.STUCK_PANEL)) is not None:
        yield not_measured("sales during a hung panel", why)
        return
    p99: dict[str | None, list[float]] = {None: [], panels.STUCK_PANEL: []}
    for _ in range(ROUNDS):  # in turn, so that a machine that grows busier does not favour one of them
        for display, found in p99.items():
            found.append(_in_fresh_box(data, display, _sell))
    without, hung = (statistics.median(found) * 1000 for found in p99.values())
    yield plain("sale over HTTP, 1 seller, no display: p99", without, " ms")
    yield plain("the same during a hung panel: p99", hung, " ms")
    yield at_most("hung panel, against none", hung / without, 1.25, "×")


def _in_fresh_box(data: Path, display: str | None, measure: Callable[[int, int], T]) -> T:
    """What `measure` finds of the daemon with this process id and port."""
    with tempfile.TemporaryDirectory(dir=data.parent) as name:
        box = panels.box_with(data, Path(name) / "data", display)
        with daemon(box, variables=panels.header()) as running:
            return measure(running.pid, running.port)


def _settled(pid: int, _port: int) -> Memory:
    time.sleep(_SETTLED_S)
    return memory(pid)


def _sell(_pid: int, port: int) -> float:
    """The 99th percentile of the sales' seconds, one after the other."""
    time.sleep(_SETTLED_S)
    taken = asyncio.run(_sales(port))
    return statistics.quantiles(taken, n=100)[98]


async def _sales(port: int) -> list[float]:
    request, taken = posting.request("/api/v1/sales", {"drop": SLUG}), []
    async with posting.connected(port, 1) as (line,):
        for _ in range(_SALES):
            begin = time.perf_counter()
            await line.post(request)
            taken.append(time.perf_counter() - begin)
    return taken
