"""Shows the box's status on its displays. The latest frame wins; no display ever delays a sale or another display.

Each display has one thread of its own that draws and shows. One that fails is tried again with growing pauses, and
rarely where it did not answer at all. One that hangs in a call is reported and waited for: a second thread would meet
the first one on the same wires, and hang as it does; the call's own end, whenever it comes, brings the display back.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from PIL import Image

from appliance.board import Board
from appliance.core.pace import Pace
from appliance.core.status import Status
from appliance.devices.display import Display, Mode, NoAnswerError
from appliance.errors import DeviceError
from appliance.screens.frames import Size, frame, next_change_ms
from appliance.screens.plain import boot_frame, goodbye_frame
from appliance.services.own_thread import OwnThread

T = TypeVar("T")

# The place of a display among its siblings, from 0, and what is wrong with it; None when it works again.
Report = Callable[[int, DeviceError | None], None]
Draw = Callable[[Size, Mode], Image.Image]


@dataclass(frozen=True, slots=True)
class Patience:
    """Pauses and limits in seconds. How long a call may take is the display's own to say."""

    first_pause: float = 1.0  # after a failure, doubled with each further one
    longest_pause: float = 60.0
    first_dead_pause: float = 60.0  # after one that did not answer: each try costs its thread as long again
    longest_dead_pause: float = 900.0
    goodbye: float = 8.0  # a large panel takes 6 s from its sleep to the page; systemd gives 30 s for the whole end
    look: float = 2.0  # from one look at what it shows to the next


@dataclass(frozen=True, slots=True)
class Show:
    """`name` is the box's; `now_ms` reads CLOCK_BOOTTIME; `report` hears of each display's troubles.

    `cover` gives a status's cover, in any thread; `rest_s` how long a display of a pace rests after a refresh.
    """

    name: str
    board: Board
    displays: Sequence[Display]
    now_ms: Callable[[], int]
    report: Report
    patience: Patience = Patience()
    rest_s: Callable[[Pace], float] = lambda pace: pace.rest_s
    cover: Callable[[Status], Image.Image | None] = lambda _status: None

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
        self._shown: bytes | None = None  # digest of its pixels
        self._size: Size | None = None  # of the last frame
        self._refreshed_at = -math.inf
        self._failures = 0

    async def run(self) -> None:
        try:
            if self._display.pace is not Pace.SLOW:  # it would still be about booting when the stall has long opened
                await self._put(partial(boot_frame, self._show.name, starting=self._show.board.scene.starting))
            status = await self._show.board.newer(None)
            while True:
                await self._rest()
                status = self._show.board.latest or status
                drawn = replace(status, boottime_ms=self._show.now_ms())
                await self._put(partial(self._frame, drawn))
                status = await self._next(status, drawn)
        finally:
            await self._say_goodbye()
            self._thread.stop()

    async def _rest(self) -> None:
        """Until the display may change again."""
        rest = self._show.rest_s(self._display.pace)
        await asyncio.sleep(self._refreshed_at + rest - time.monotonic())

    async def _next(self, seen: Status, drawn: Status) -> Status:
        """The next status; the same again when what it shows is over, or when the display does not show it."""
        while (until := self._until_redraw(drawn)) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(until, self._show.patience.look)):
                    return await self._show.board.newer(seen)
            if not await self._attempt(self._look):
                break
        return self._show.board.latest or seen

    def _until_redraw(self, drawn: Status) -> float:
        """Seconds until what was drawn is no longer true; a claim may have ended while its frame went out."""
        if self._failures or self._size is None:
            return 0
        change = next_change_ms(drawn, self._size, pace=self._display.pace)
        return math.inf if change is None else max(0, change - self._show.now_ms()) / 1000

    async def _put(self, draw: Draw) -> None:
        """Draws and shows once. Comes back when the display is ready for the next frame."""
        await self._attempt(partial(self._draw_and_show, draw))

    async def _attempt(self, does: Callable[[], T]) -> T | None:
        """What `does` gives, in the thread; None once it failed, that was reported, and the pause after it is over."""
        try:
            result = await self._finished(self._thread.call(does))
        except DeviceError as error:
            self._failed(error)
            await asyncio.sleep(self._pause(error))
            return None
        if self._failures:
            self._show.report(self._place, None)
        self._failures = 0
        return result

    async def _finished(self, call: asyncio.Future[T]) -> T:
        longest = self._display.longest_s
        done, _ = await asyncio.wait([call], timeout=longest)
        if not done:
            late = f"Display {self._place + 1} has not answered for {longest:.0f} s: check its cable."
            self._failed(NoAnswerError("device", late))
        return await call

    def _failed(self, error: DeviceError) -> None:
        self._show.report(self._place, error)
        self._failures += 1
        self._shown = None

    def _pause(self, error: DeviceError) -> float:
        patience = self._show.patience
        if isinstance(error, NoAnswerError):
            first, longest = patience.first_dead_pause, patience.longest_dead_pause
        else:
            first, longest = patience.first_pause, patience.longest_pause
        return float(min(longest, first * 2 ** min(self._failures - 1, 10)))

    def _look(self) -> bool:
        """In the thread, while nothing changes."""
        self._display.idle()
        return self._display.is_showing()

    def _frame(self, status: Status, size: Size, mode: Mode) -> Image.Image:
        """In the thread."""
        return frame(status, size, mode, pace=self._display.pace, cover=self._show.cover(status))

    def _draw_and_show(self, draw: Draw) -> None:
        """In the thread. A picture that is on the display already is not shown again."""
        self._size = self._display.size
        image = draw(self._size, self._display.mode)
        digest = hashlib.sha256(image.tobytes()).digest()
        if digest == self._shown and self._display.is_showing():
            return
        self._shown = None
        self._display.show(image)
        self._shown = digest
        self._refreshed_at = time.monotonic()

    async def _say_goodbye(self) -> None:
        """A panel without power keeps its picture: no claim may stay on it. One that fails or hangs now is let go."""
        call = self._thread.call(partial(self._draw_and_show, partial(goodbye_frame, self._show.name)))
        await asyncio.wait([call], timeout=self._show.patience.goodbye)
        if call.done():
            call.exception()
        else:
            call.cancel()
