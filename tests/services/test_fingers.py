"""From edges to acts: one act at a time of each kind, and pins whose edges get lost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from appliance.core.pins import Button
from appliance.core.presses import DOUBT_MS, LOOK_MS, SETTLE_MS, Edge
from appliance.devices.controls import Heard, NoButtons
from appliance.services.fingers import Fingers, Meaning

HOLD_MS = 400
TAP_S = 3 * SETTLE_MS / 1000
HEALED_S = 2 * (LOOK_MS + DOUBT_MS + SETTLE_MS) / 1000


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


@dataclass
class FakeButton:
    """The *next* button, whose edges the test may lose."""

    names: tuple[Button, ...] = (Button.NEXT,)
    level: bool = False
    heard: Heard | None = None

    def listen(self, heard: Heard) -> None:
        self.heard = heard

    def is_down(self, button: Button) -> bool:
        assert button is Button.NEXT
        return self.level

    async def move(self, is_down: bool, *, lost: bool = False) -> None:
        self.level = is_down
        if not lost:
            assert self.heard is not None
            self.heard(Button.NEXT, Edge(is_down, now_ms()))
        await asyncio.sleep(TAP_S)

    async def press(self) -> None:
        await self.move(True)
        await self.move(False)


@dataclass
class Acts:
    """Counts what was begun; a press lasts until `free`."""

    presses: int = 0
    holds: int = 0
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def press(self) -> None:
        self.presses += 1
        await self.free.wait()

    async def hold(self) -> None:
        self.holds += 1


@contextlib.asynccontextmanager
async def watched(button: FakeButton, acts: Acts) -> AsyncIterator[asyncio.Task[None]]:
    fingers = Fingers(button, {Button.NEXT: Meaning(acts.press, acts.hold, HOLD_MS)}, now_ms)
    task = asyncio.create_task(fingers.run())
    await asyncio.sleep(0)
    yield task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_one_act_at_a_time() -> None:
    """Impatient presses while an act lasts begin no second one; a hold of the same button is heard meanwhile."""
    button, acts = FakeButton(), Acts()
    async with watched(button, acts):
        for _ in range(3):
            await button.press()
        assert acts.presses == 1
        await button.move(True)
        await asyncio.sleep(HOLD_MS / 1000)
        await button.move(False)
        assert (acts.presses, acts.holds) == (1, 1)
        acts.free.set()
        await asyncio.sleep(0)
        await button.press()
        assert acts.presses == 2


async def test_lost_release() -> None:
    """A release that nobody heard means nothing, and the button is found up again by itself."""
    button, acts = FakeButton(), Acts()
    acts.free.set()
    async with watched(button, acts):
        await button.move(True)
        await button.move(False, lost=True)
        await asyncio.sleep(HEALED_S)
        assert (acts.presses, acts.holds) == (0, 0)
        await button.press()
        assert (acts.presses, acts.holds) == (1, 0)


async def test_down_from_the_beginning() -> None:
    """A short circuit holds no button: a box with one does not switch itself off again and again."""
    button, acts = FakeButton(level=True), Acts()
    acts.free.set()
    async with watched(button, acts):
        await asyncio.sleep(2 * HOLD_MS / 1000)
        await button.move(False)
        assert (acts.presses, acts.holds) == (0, 0)
        await button.press()
        assert acts.presses == 1


async def test_fault_of_an_act() -> None:
    """What no act foresaw ends the service, for its supervisor to say and to start it again."""

    async def fail() -> None:
        raise ValueError("nobody foresaw this")

    button = FakeButton()
    fingers = Fingers(button, {Button.NEXT: Meaning(fail, fail, HOLD_MS)}, now_ms)
    task = asyncio.create_task(fingers.run())
    await asyncio.sleep(0)
    await button.press()
    with pytest.raises(ExceptionGroup, match="unhandled"):
        await task


async def test_no_buttons() -> None:
    """A box without any waits for nothing and looks at nothing."""
    task = asyncio.create_task(Fingers(NoButtons(), {}, now_ms).run())
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
