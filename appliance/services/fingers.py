"""Turns what the buttons' pins say into acts: each gesture starts the act that it means.

Knows neither what the acts do nor what a gesture is; `core.presses` does. While an act is under way, the same gesture
starts no second one, so that impatient fingers do not queue up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from appliance.core.pins import Button
from appliance.core.presses import Edge, Finger, Gesture
from appliance.devices.controls import Buttons

Act = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one button does when pressed, and when held for `hold_ms`. An act that raises ends the service."""

    press: Act
    hold: Act
    hold_ms: int


class Fingers:
    """`now_ms` reads the clock by which edges are stamped. Buttons without a meaning are not heard."""

    def __init__(self, buttons: Buttons, meanings: Mapping[Button, Meaning], now_ms: Callable[[], int]) -> None:
        self._buttons = buttons
        self._meanings = meanings
        self._now_ms = now_ms
        self._edges: deque[tuple[Button, Edge]] = deque()
        self._arrived = asyncio.Event()
        self._acts: dict[tuple[Button, Gesture], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until it is cancelled, which cancels the acts under way."""
        self._buttons.listen(self._hear)
        now_ms = self._now_ms()
        fingers = {
            button: Finger.resting(self._meanings[button].hold_ms, self._buttons.is_down(button), now_ms)
            for button in self._buttons.names
        }
        async with asyncio.TaskGroup() as group:
            while True:
                for button, finger in fingers.items():
                    fingers[button] = self._looked_at(button, finger, group)
                await self._next(fingers)
                while self._edges:
                    button, edge = self._edges.popleft()
                    fingers[button], meant = fingers[button].edge(edge)
                    self._act(button, meant, group)

    def _hear(self, button: Button, edge: Edge) -> None:
        self._edges.append((button, edge))
        self._arrived.set()

    async def _next(self, fingers: Mapping[Button, Finger]) -> None:
        """Until a pin changes, or a finger has to be looked at."""
        now_ms = self._now_ms()
        due = [at_ms for finger in fingers.values() if (at_ms := finger.due_ms(now_ms)) is not None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0, min(due) - now_ms) / 1000 if due else None):
                await self._arrived.wait()
        self._arrived.clear()

    def _looked_at(self, button: Button, finger: Finger, group: asyncio.TaskGroup) -> Finger:
        finger, meant = finger.look(self._buttons.is_down(button), self._now_ms())
        self._act(button, meant, group)
        return finger

    def _act(self, button: Button, meant: Gesture | None, group: asyncio.TaskGroup) -> None:
        if meant is None:
            return
        running = self._acts.get((button, meant))
        if running is None or running.done():
            meaning = self._meanings[button]
            act = meaning.press if meant is Gesture.PRESS else meaning.hold
            self._acts[button, meant] = group.create_task(_done(act), name=f"{button} {meant}")


async def _done(act: Act) -> None:
    await act()
