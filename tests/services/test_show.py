"""The show: displays that are slow, broken or hung, and what is on them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from PIL import Image

from appliance.board import Board
from appliance.core.pace import Pace
from appliance.core.status import Status
from appliance.devices.display import Display, NoAnswerError
from appliance.errors import DeviceError
from appliance.screens.frames import frame
from appliance.screens.plain import OPENING, boot_frame, goodbye_frame
from appliance.services.show import Patience, Show
from tests.devices.panels import Rig
from tests.reading import codes
from tests.screens.samples import CLAIMS, SHOP_URL, STATUS

SIZE = (250, 122)
QUICK = Patience(
    first_pause=0.01, longest_pause=0.02, first_dead_pause=0.05, longest_dead_pause=0.1, goodbye=0.1, look=0.02
)


@dataclass
class FakeDisplay:
    """A panel that takes `seconds` for a frame, fails `failures` times, and hangs while it is not `free`.

    Its picture is gone when it is `wiped`. `fails` is what every call raises.
    """

    seconds: float = 0.0
    failures: int = 0
    size: tuple[int, int] = SIZE
    mode: Literal["1", "RGB"] = "1"
    pace: Pace = Pace.LIGHT
    longest_s: float = 0.2
    shown: list[Image.Image] = field(default_factory=list)
    fails: DeviceError | None = None
    tried: int = 0
    idled: int = 0
    free: threading.Event = field(default_factory=threading.Event)
    wiped: bool = False

    def __post_init__(self) -> None:
        self.free.set()

    def show(self, image: Image.Image) -> None:
        self.tried += 1
        self.free.wait(10)
        if self.fails:
            raise self.fails
        time.sleep(self.seconds)
        if self.failures:
            self.failures -= 1
            raise DeviceError("device", "The panel does not answer.")
        assert image.size == self.size
        self.wiped = False
        self.shown.append(image)

    def is_showing(self) -> bool:
        return not self.wiped

    def idle(self) -> None:
        self.idled += 1
        self.free.wait(10)
        if self.fails:
            raise self.fails

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Stage:
    """A running show with its board, a clock that the test moves, and what was reported."""

    board: Board = field(default_factory=Board)
    reports: list[tuple[int, str | None]] = field(default_factory=list)
    now_ms: int = STATUS.boottime_ms
    rest_s: float = 0.0

    @contextlib.asynccontextmanager
    async def playing(self, *displays: Display, patience: Patience = QUICK) -> AsyncIterator[None]:
        show = Show(
            "Stall 7", self.board, displays, lambda: self.now_ms, self._report, patience, lambda _pace: self.rest_s
        )
        task = asyncio.create_task(show.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _report(self, place: int, error: DeviceError | None) -> None:
        self.reports.append((place, error.detail if error else None))


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)


def shows(display: FakeDisplay, status: Status) -> bool:
    """Whether the display shows the page of `status`."""
    return bool(display.shown) and display.shown[-1].tobytes() == frame(status, SIZE, "1").tobytes()


def sold(count: int) -> Status:
    (drop,) = STATUS.drops
    return replace(STATUS, size=count, drops=(replace(drop, sold=count, left=100 - count),))


async def test_it_begins_with_a_boot_page_and_ends_with_a_goodbye() -> None:
    """A display never shows an old run's claims: it starts and stops with a page that says so."""
    stage, display = Stage(), FakeDisplay()
    async with stage.playing(display):
        await eventually(lambda: len(display.shown) == 1)
        stage.board.post(STATUS)
        await eventually(lambda: shows(display, STATUS))
    first, _, last = display.shown
    assert first.tobytes() == boot_frame("Stall 7", SIZE, "1").tobytes()
    assert last.tobytes() == goodbye_frame("Stall 7", SIZE, "1").tobytes()


async def test_how_far_the_start_has_come_is_shown() -> None:
    """The boot page has a bar where the daemon said how far it is."""
    stage, display = Stage(), FakeDisplay()
    stage.board.change(starting=OPENING)
    async with stage.playing(display):
        await eventually(lambda: len(display.shown) == 1)
    assert display.shown[0].tobytes() == boot_frame("Stall 7", SIZE, "1", OPENING).tobytes()


async def test_the_latest_frame_wins() -> None:
    """51 statuses within half a second on a panel of 50 ms draw few frames, and the last one is right."""
    stage, display = Stage(), FakeDisplay(seconds=0.05)
    async with stage.playing(display):
        for count in range(51):
            stage.board.post(sold(count))
            await asyncio.sleep(0.01)
        await eventually(lambda: shows(display, sold(50)))
        assert len(display.shown) < 20


async def test_posting_never_waits_for_a_display() -> None:
    """A panel that takes its time costs the poster nothing, and its neighbour nothing either."""
    stage, slow, quick = Stage(), FakeDisplay(), FakeDisplay()
    slow.free.clear()
    async with stage.playing(slow, quick):
        started = time.perf_counter()
        for count in range(50):
            stage.board.post(sold(count))
        assert time.perf_counter() - started < 0.1
        await eventually(lambda: shows(quick, sold(49)))
        assert slow.shown == []
        slow.free.set()
        await eventually(lambda: shows(slow, sold(49)))


async def test_the_same_picture_is_not_drawn_twice() -> None:
    """A status that looks the same does not refresh the panel."""
    stage, display = Stage(), FakeDisplay()
    async with stage.playing(display):
        stage.board.post(STATUS)
        await eventually(lambda: shows(display, STATUS))
        count = len(display.shown)
        for size in range(5):
            stage.board.post(replace(STATUS, size=size))
            await asyncio.sleep(0.02)
        assert len(display.shown) == count


async def test_changes_while_it_rests_are_one() -> None:
    """E-paper changes no more often than its pace allows; the first change comes at once, those meanwhile as one."""
    stage, display = Stage(rest_s=1.0), FakeDisplay(pace=Pace.INK)
    async with stage.playing(display):
        await eventually(lambda: len(display.shown) == 1)
        for count in range(20):
            stage.board.post(sold(count))
            await asyncio.sleep(0.01)
        assert len(display.shown) == 1
        await eventually(lambda: len(display.shown) == 2)
        assert shows(display, sold(19))


async def test_a_slow_display_gets_slow_pages_alone() -> None:
    """No boot page, which would still stand there when the stall is open, and no claim, which comes and goes."""
    stage, display = Stage(), FakeDisplay(pace=Pace.SLOW)
    async with stage.playing(display):
        stage.board.post(replace(STATUS, waiting=CLAIMS))
        await eventually(lambda: bool(display.shown))
        assert codes(display.shown[0]) == {SHOP_URL}
    assert len(display.shown) == 2  # and the last page


async def test_a_display_is_looked_after_while_nothing_changes() -> None:
    """It may idle again and again; when it fails at that, the failure is reported and the page shown again."""
    stage, display = Stage(), FakeDisplay()
    async with stage.playing(display):
        stage.board.post(STATUS)
        await eventually(lambda: display.idled > 2)
        before, display.fails = len(display.shown), DeviceError("device", "The panel has gone.")
        await eventually(lambda: bool(stage.reports))
        display.fails = None
        await eventually(lambda: len(display.shown) > before)
        assert shows(display, STATUS)
        await eventually(lambda: stage.reports[-1] == (0, None))
    assert (0, "The panel has gone.") in stage.reports


async def test_a_display_that_does_not_answer_is_tried_rarely() -> None:
    """Each try costs as long as the display may take: the pauses are those of the dead, and they grow."""
    patience = replace(QUICK, first_dead_pause=0.1, longest_dead_pause=10)
    stage, display = Stage(), FakeDisplay(fails=NoAnswerError("device", "The panel is busy."))
    async with stage.playing(display, patience=patience):
        began = time.monotonic()
        stage.board.post(STATUS)
        await eventually(lambda: display.tried >= 3)
        assert time.monotonic() - began >= 0.1 + 0.2
        display.fails = None
        await eventually(lambda: shows(display, STATUS))
    assert stage.reports[-1] == (0, None)


async def test_a_panel_whose_busy_sticks(tmp_path: Path) -> None:
    """Dead in its own time, which its neighbour does not feel; alive again, with the newest page, when it is free."""
    stage, rig, neighbour = Stage(), Rig(tmp_path), FakeDisplay()
    panel = rig.display()
    async with stage.playing(panel, neighbour):
        stage.board.post(STATUS)
        await eventually(lambda: panel.is_showing() and shows(neighbour, STATUS))
        began, rig.wires.jammed = rig.clock.now, True
        stage.board.post(sold(98))
        await eventually(lambda: bool(stage.reports))
        assert stage.reports[0][1] is not None
        assert rig.clock.now - began < panel.longest_s
        stage.board.post(sold(99))
        await eventually(lambda: shows(neighbour, sold(99)))
        rig.wires.jammed = False
        await eventually(lambda: stage.reports[-1] == (0, None))
        newest = frame(sold(99), SIZE, "1", pace=Pace.INK)
        await eventually(lambda: rig.driver.shown == newest.transpose(Image.Transpose.ROTATE_90).tobytes())


async def test_what_was_wiped_off_is_shown_again() -> None:
    """A monitor that lost its picture gets the same one again, without a new status."""
    stage, display = Stage(), FakeDisplay()
    async with stage.playing(display):
        stage.board.post(STATUS)
        await eventually(lambda: shows(display, STATUS))
        display.wiped = True
        await eventually(lambda: not display.wiped)
        assert shows(display, STATUS)


async def test_a_monitor_may_change_its_size() -> None:
    """The next frame is drawn for the size that the display has then."""
    stage, display = Stage(), FakeDisplay()
    async with stage.playing(display):
        stage.board.post(STATUS)
        await eventually(lambda: shows(display, STATUS))
        display.size, display.wiped = (400, 300), True
        await eventually(lambda: display.shown[-1].size == (400, 300))


async def test_a_claim_leaves_the_screen_by_itself() -> None:
    """When a claim's two minutes end the shop comes back without a new status."""
    stage, display = Stage(), FakeDisplay()
    claim = replace(CLAIMS[0], until_ms=stage.now_ms + 60)
    async with stage.playing(display):
        stage.board.post(replace(STATUS, waiting=(claim,)))
        await eventually(lambda: bool(display.shown) and codes(display.shown[-1]) == {claim.url})
        stage.now_ms += 60
        await eventually(lambda: codes(display.shown[-1]) == {SHOP_URL})


async def test_a_display_that_fails_is_tried_again() -> None:
    """Failures are reported with their sentence, the newest status is shown once it works, and that is reported."""
    stage, display = Stage(), FakeDisplay(failures=3)
    async with stage.playing(display):
        stage.board.post(STATUS)
        await eventually(lambda: shows(display, STATUS))
    assert stage.reports == [(0, "The panel does not answer.")] * 3 + [(0, None)]


async def test_a_display_that_hangs_is_reported_and_comes_back() -> None:
    """A jammed panel is reported once; when it moves again it shows the newest status."""
    stage, display = Stage(), FakeDisplay()
    display.free.clear()
    async with stage.playing(display):
        stage.board.post(STATUS)
        await eventually(lambda: len(stage.reports) == 1)
        assert "has not answered" in (stage.reports[0][1] or "")
        stage.board.post(sold(99))
        display.free.set()
        await eventually(lambda: shows(display, sold(99)))
    assert stage.reports[1:] == [(0, None)]


async def test_a_hung_display_does_not_keep_the_box_from_stopping() -> None:
    """The show ends within its patience, whatever the panel does."""
    stage, display = Stage(), FakeDisplay()
    display.free.clear()
    started = time.perf_counter()
    async with stage.playing(display):
        await asyncio.sleep(0.02)
    assert time.perf_counter() - started < 1.0
    display.free.set()
