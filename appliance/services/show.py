"""Shows the box's status on its displays. The latest frame wins; no display ever delays a sale or another display.

Each display has a thread of its own that draws and shows. One that fails is tried again with growing pauses; one
that hangs is reported and left alone until it comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PIL import Image

from appliance.board import Board
from appliance.core.status import Status
from appliance.devices.display import Display, Mode
from appliance.errors import DeviceError
from appliance.screens.frames import frame
from appliance.screens.plain import boot_frame, goodbye_frame
from appliance.screens.turns import next_change_ms
from appliance.services.own_thread import OwnThread

# The place of a display among its siblings, from 0, and what is wrong with it; None when it works again.
Report = Callable[[int, DeviceError | None], None]
Draw = Callable[[tuple[int, int], Mode], Image.Image]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a display may take, in seconds."""

    frame: float = 90.0  # the slowest colour panels take 41 s
    first_pause: float = 1.0  # after a failure, doubled with each further one
    longest_pause: float = 60.0
    goodbye: float = 5.0
    look: float = 2.0  # from one look at what it shows to the next


@dataclass(frozen=True, slots=True)
class Show:
    """`name` is the box's; `now_ms` reads CLOCK_BOOTTIME; `report` hears of each display's troubles."""

    name: str
    board: Board
    displays: Sequence[Display]
    now_ms: Callable[[], int]
    report: Report
    patience: Patience = Patience()

    async def run(self) -> None:
        """Until it is cancelled, which leaves a last page on the displays that answer in time."""
        async with asyncio.TaskGroup() as group:
            for place, display in enumerate(self.displays):
                group.create_task(_OneDisplay(self, place, display).run())


class _OneDisplay:
    """One display, its thread, and the picture that is on it."""

    def __init__(self, show: Show, place: int, display: Display) -> None:
        self._show = show
        self._place = place
        self._display = display
        self._thread = OwnThread(f"display-{place}")
        self._shown: bytes | None = None  # digest of its pixels; touched by the thread only
        self._failures = 0

    async def run(self) -> None:
        try:
            await self._put(partial(boot_frame, self._show.name))
            status = await self._show.board.newer(None)
            while True:
                drawn = replace(status, boottime_ms=self._show.now_ms())
                await self._put(partial(frame, drawn))
                status = await self._next(status, drawn)
        finally:
            await self._say_goodbye()
            self._thread.stop()

    async def _next(self, seen: Status, drawn: Status) -> Status:
        """The next status; the same again when what it shows is over, or when the display does not show it."""
        while (until := self._until_redraw(drawn)) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(until, self._show.patience.look)):
                    return await self._show.board.newer(seen)
            if not await self._thread.call(self._display.is_showing):
                break
        return self._show.board.latest or seen

    def _until_redraw(self, drawn: Status) -> float:
        """Seconds until what was drawn is no longer true; a claim may have ended while its frame went out."""
        if self._failures:
            return 0
        change = next_change_ms(drawn)
        return math.inf if change is None else max(0, change - self._show.now_ms()) / 1000

    async def _put(self, draw: Draw) -> None:
        """Draws and shows once. Comes back when the display is ready for the next frame."""
        call = self._thread.call(partial(self._draw_and_show, draw))
        try:
            await self._finished(call)
        except DeviceError as error:
            self._show.report(self._place, error)
            self._failures += 1
            await asyncio.sleep(self._pause())
        else:
            if self._failures:
                self._show.report(self._place, None)
            self._failures = 0

    async def _finished(self, call: asyncio.Future[None]) -> None:
        done, _ = await asyncio.wait([call], timeout=self._show.patience.frame)
        if not done:
            late = f"Display {self._place + 1} has not answered for {self._show.patience.frame:.0f} s: check its cable."
            self._show.report(self._place, DeviceError("device", late))
            self._failures += 1
        await call

    def _pause(self) -> float:
        patience = self._show.patience
        return float(min(patience.longest_pause, patience.first_pause * 2 ** (self._failures - 1)))

    def _draw_and_show(self, draw: Draw) -> None:
        """In the thread. A picture that is on the display already is not shown again."""
        image = draw(self._display.size, self._display.mode)
        digest = hashlib.sha256(image.tobytes()).digest()
        if digest == self._shown and self._display.is_showing():
            return
        self._shown = None
        self._display.show(image)
        self._shown = digest

    async def _say_goodbye(self) -> None:
        """A panel without power keeps its picture: no claim may stay on it. One that fails or hangs now is let go."""
        call = self._thread.call(partial(self._draw_and_show, partial(goodbye_frame, self._show.name)))
        await asyncio.wait([call], timeout=self._show.patience.goodbye)
        if call.done():
            call.exception()
        else:
            call.cancel()
