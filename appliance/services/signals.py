"""Lamp and buzzer follow the board. What they say of a status is `core.signals`'."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace

from appliance.board import Board
from appliance.core import signals
from appliance.core.signals import Colour
from appliance.core.status import Status
from appliance.devices.controls import Buzzer, Lamp
from appliance.screens.pages import cannot_sell

LOOK_S = 5.0  # a claim's time is over without any news
BEEP_S = 0.12


async def light(board: Board, lamp: Lamp, now_ms: Callable[[], int]) -> None:
    """Until it is cancelled, which leaves the lamp dark. `now_ms` reads CLOCK_BOOTTIME."""
    try:
        status = await board.newer(None)
        while True:
            at_ms = now_ms()
            now = replace(status, boottime_ms=at_ms)
            colour, lasts_ms = signals.light(now, can_sell=not cannot_sell(now)).at(at_ms)
            lamp.show(colour)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S if lasts_ms is None else lasts_ms / 1000):
                    status = await board.newer(status)
    finally:
        lamp.show(Colour.DARK)


async def sound(board: Board, buzzer: Buzzer, beep_s: float = BEEP_S) -> None:
    """Until it is cancelled, which leaves the buzzer silent."""
    before: Status | None = None
    try:
        async for status in board.watch():
            if before is not None:
                await _beep(buzzer, signals.beeps(before, status), beep_s)
            before = status
    finally:
        buzzer.sound(False)


async def _beep(buzzer: Buzzer, times: int, beep_s: float) -> None:
    for _ in range(times):
        buzzer.sound(True)
        await asyncio.sleep(beep_s)
        buzzer.sound(False)
        await asyncio.sleep(beep_s)
