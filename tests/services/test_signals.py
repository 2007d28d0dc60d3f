"""Lamp and buzzer follow the board, on gpiozero's mock pins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from appliance.board import Board
from appliance.core import pins
from appliance.core.scene import Remark
from appliance.core.signals import Colour
from appliance.core.status import Fault, Status
from appliance.devices.gpio import open_controls
from appliance.services import signals
from appliance.settings.header import Header
from tests.core.test_signals import REST
from tests.gpio import MockHeader, mock_header
from tests.screens.samples import CLAIMS

FAULT = Fault("store", "The card cannot be written.")


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


@asynccontextmanager
async def following(board: Board) -> AsyncIterator[MockHeader]:
    with mock_header() as header, open_controls(Header({}, None, pins.LAMP, pins.BUZZER), now_ms) as controls:
        assert controls.lamp is not None
        assert controls.buzzer is not None
        tasks = [
            asyncio.create_task(signals.light(board, controls.lamp, now_ms)),
            asyncio.create_task(signals.sound(board, controls.buzzer, beep_s=0.01)),
        ]
        await asyncio.sleep(0)
        yield header
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert header.lit() == Colour.DARK.value
        assert not header.pin(pins.BUZZER).state


async def becomes(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)


def selling(until_ms: int) -> Status:
    return replace(REST, waiting=(replace(CLAIMS[0], until_ms=until_ms),))


async def test_lamp() -> None:
    """Dark before the first status, steady while nothing happens, blinking while a claim waits, and no longer."""
    board = Board()
    async with following(board) as header:
        assert header.lit() == Colour.DARK.value
        board.post(REST)
        await becomes(lambda: header.lit() == Colour.GREEN.value)
        board.post(selling(now_ms() + 1200))
        await becomes(lambda: header.lit() == Colour.DARK.value)
        await becomes(lambda: header.lit() == Colour.GREEN.value)
        await asyncio.sleep(1.3)
        before = len(header.pin(pins.LAMP[1]).states)
        await asyncio.sleep(0.6)
        assert len(header.pin(pins.LAMP[1]).states) == before


async def test_lamp_when_sales_stop() -> None:
    """A fault with which nothing can be sold is red, whatever waits."""
    board = Board()
    async with following(board) as header:
        board.post(replace(selling(now_ms() + 60_000), faults=(FAULT,)))
        await becomes(lambda: header.lit() == Colour.RED.value)


async def test_buzzer() -> None:
    """One beep for a sale, two for a refusal, none for what was so at the start."""
    board = Board()
    async with following(board) as header:
        board.post(REST)
        await asyncio.sleep(0.05)
        buzzer = header.pin(pins.BUZZER)
        sold = replace(REST, drops=tuple(replace(drop, sold=drop.sold + 1) for drop in REST.drops))
        board.post(sold)
        await beeps(buzzer, 1)
        board.change(remark=Remark("Sold out.", True, 1))
        await beeps(buzzer, 2)


async def beeps(buzzer: Any, count: int) -> None:
    """It beeps so often and no more, and is ready for the next time."""

    def heard() -> int:
        return [state.state for state in buzzer.states].count(True)

    await becomes(lambda: heard() == count)
    await asyncio.sleep(0.1)
    assert heard() == count
    buzzer.clear_states()
