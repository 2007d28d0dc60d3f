"""Buttons, lamp and buzzer on the header, through gpiozero; on a Pi that is lgpio, wherever else nothing at all.

gpiozero calls back in threads of its own: all that happens there is to hand the edge over to the event loop. Debouncing
is `core.presses`'. The lamp's legs are on or off, without brightness: lgpio would make that in software, for power.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from gpiozero import (  # type: ignore[import-untyped]  # it has none
    RGBLED,
    Device,
    DigitalInputDevice,
    DigitalOutputDevice,
)

from appliance.core.pins import Button
from appliance.core.presses import Edge
from appliance.core.signals import Colour
from appliance.devices.controls import NO_CONTROLS, Controls, Heard
from appliance.errors import DeviceError
from appliance.settings.header import Header

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def open_controls(header: Header, now_ms: Callable[[], int]) -> Iterator[Controls]:
    """What the settings ask for, let go of at the end. `now_ms` reads CLOCK_BOOTTIME, in any thread.

    A machine without GPIO gives none, and that is logged. A part whose pin cannot be had is left out, as a fault.
    """
    if not _has_gpio():
        yield NO_CONTROLS
        return
    with contextlib.ExitStack() as stack:
        parts = _Parts(stack)
        buttons = {
            button: parts.open(f"button {button}", (pin,), partial(DigitalInputDevice, pin, pull_up=True))
            for button, pin in header.buttons.items()
        }
        lamp = buzzer = None
        if header.lamp is not None:
            lamp = parts.open("lamp", header.lamp, partial(RGBLED, *header.lamp, pwm=False))
        if header.buzzer is not None:
            buzzer = parts.open("buzzer", (header.buzzer,), partial(DigitalOutputDevice, header.buzzer))
        yield Controls(
            GpioButtons({name: device for name, device in buttons.items() if device is not None}, now_ms),
            GpioLamp(lamp) if lamp is not None else None,
            GpioBuzzer(buzzer) if buzzer is not None else None,
            tuple(parts.faults),
        )


class _Parts:
    """Opens one part after the other; `stack` closes them."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.faults: list[tuple[str, DeviceError]] = []
        self._stack = stack

    def open(self, name: str, pins: tuple[int, ...], make: Callable[[], Any]) -> Any | None:
        """gpiozero's device; None, and a fault, where its pins cannot be had."""
        try:
            device = make()
        except Exception as error:  # noqa: BLE001  # gpiozero's, lgpio's and the kernel's have no common root
            numbers = ", ".join(map(str, pins))
            text = f"The {name} on BCM {numbers} cannot be used ({error}). Look at [pins] and at what sits there."
            self.faults.append((name, DeviceError("device", text)))
            return None
        self._stack.callback(device.close)
        return device


def _has_gpio() -> bool:
    """Whether this machine has pins that may be used; says once why not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for every library that is missing
            Device.ensure_pin_factory()
    except Exception as error:  # noqa: BLE001  # BadPinFactory, PinUnknownPi, ImportError, OSError, lgpio's own
        _log.info("no buttons, no lamp: this machine has no GPIO that can be used (%s)", error)
        return False
    return True


class GpioButtons:
    """Buttons between a pin and ground, with the Pi's own pull-ups."""

    def __init__(self, devices: Mapping[Button, Any], now_ms: Callable[[], int]) -> None:
        self._devices = devices
        self._now_ms = now_ms

    @property
    def names(self) -> tuple[Button, ...]:
        return tuple(self._devices)

    def listen(self, heard: Heard) -> None:
        loop = asyncio.get_running_loop()
        for button, device in self._devices.items():
            device.when_activated = partial(self._pass_on, loop, heard, button, True)
            device.when_deactivated = partial(self._pass_on, loop, heard, button, False)

    def is_down(self, button: Button) -> bool:
        return bool(self._devices[button].is_active)

    def _pass_on(self, loop: asyncio.AbstractEventLoop, heard: Heard, button: Button, is_down: bool) -> None:
        """In gpiozero's thread."""
        edge = Edge(is_down, self._now_ms())
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody listens any more
            loop.call_soon_threadsafe(heard, button, edge)


class GpioLamp:
    def __init__(self, device: Any) -> None:
        self._device = device

    def show(self, colour: Colour) -> None:
        self._device.value = colour.value


class GpioBuzzer:
    def __init__(self, device: Any) -> None:
        self._device = device

    def sound(self, is_on: bool) -> None:
        self._device.value = is_on
