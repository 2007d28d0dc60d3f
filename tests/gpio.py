"""A header for tests: gpiozero's own MockFactory, whose pins the test moves, and a hand that bounces."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gpiozero import Device  # type: ignore[import-untyped]  # it has none
from gpiozero.pins.mock import MockFactory, MockPWMPin  # type: ignore[import-untyped]

from appliance.core import pins
from appliance.core.pins import Button
from appliance.core.presses import SETTLE_MS

SETTLED_S = 3 * SETTLE_MS / 1000


@dataclass(frozen=True, slots=True)
class MockHeader:
    factory: Any

    def down(self, button: Button) -> None:
        self.pin(pins.BUTTONS[button]).drive_low()

    def up(self, button: Button) -> None:
        self.pin(pins.BUTTONS[button]).drive_high()

    def pin(self, number: int) -> Any:
        return self.factory.pin(number)

    def lit(self) -> tuple[bool, ...]:
        """The lamp's three legs."""
        return tuple(bool(self.pin(number).state) for number in pins.LAMP)

    async def press(self, button: Button, *, bounces: int = 6) -> None:
        """A tap whose contact bounces so often when it closes, and again when it opens."""
        self._bounce(button, bounces)
        self.down(button)
        await asyncio.sleep(SETTLED_S)
        self._bounce(button, bounces)
        self.up(button)
        await asyncio.sleep(SETTLED_S)

    async def hold(self, button: Button, seconds: float, *, bounces: int = 6) -> None:
        self._bounce(button, bounces)
        self.down(button)
        await asyncio.sleep(seconds)
        self._bounce(button, bounces)
        self.up(button)
        await asyncio.sleep(SETTLED_S)

    def _bounce(self, button: Button, times: int) -> None:
        for _ in range(times):
            self.down(button)
            self.up(button)


@contextlib.contextmanager
def mock_header() -> Iterator[MockHeader]:
    """In place of whatever this machine has, until the end."""
    before, factory = Device.pin_factory, MockFactory(pin_class=MockPWMPin)
    Device.pin_factory = factory
    try:
        yield MockHeader(factory)
    finally:
        factory.reset()
        Device.pin_factory = before
