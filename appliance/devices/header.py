"""The box's header as a Waveshare panel needs it: a few pins and SPI. Nothing is imported or claimed before `open`."""

from __future__ import annotations

import importlib
from typing import Any, Protocol

from appliance.errors import DeviceError

_SPEED_HZ = 4_000_000
PACKAGES = "The panel's pins and SPI need two packages. Type: sudo apt-get install python3-lgpio python3-spidev"


class Bus(Protocol):
    """Pins by their BCM numbers, and SPI's first chip select."""

    def open(self) -> None:
        """Claims all of it; does nothing when that was done. DeviceError says what is missing."""

    def set(self, pin: int, is_high: bool) -> None:
        """Drives an output."""

    def is_high(self, pin: int) -> bool:
        """Reads an input."""

    def send(self, data: bytes) -> None:
        """Clocks `data` out."""

    def close(self) -> None:
        """Lets go of all of it. A second call does nothing."""


class HeaderBus:
    """The real one, by gpiozero and spidev."""

    def __init__(self, outputs: tuple[int, ...], inputs: tuple[int, ...]) -> None:
        self._outputs = outputs
        self._inputs = inputs
        self._pins: dict[int, Any] = {}
        self._spi: Any = None

    def open(self) -> None:
        if self._spi is not None:
            return
        try:
            self._claim(importlib.import_module("gpiozero"), importlib.import_module("spidev"))
        except Exception as error:  # gpiozero's, lgpio's and the kernel's have no common root
            self.close()
            raise _refused(error) from error

    def set(self, pin: int, is_high: bool) -> None:
        self._pins[pin].value = is_high

    def is_high(self, pin: int) -> bool:
        return bool(self._pins[pin].value)

    def send(self, data: bytes) -> None:
        self._spi.writebytes2(data)

    def close(self) -> None:
        for device in (self._spi, *self._pins.values()):
            if device is not None:
                device.close()
        self._spi = None
        self._pins = {}

    def _claim(self, gpiozero: Any, spidev: Any) -> None:
        for pin in self._outputs:
            self._pins[pin] = gpiozero.OutputDevice(pin)
        for pin in self._inputs:
            self._pins[pin] = gpiozero.InputDevice(pin)
        spi = spidev.SpiDev()
        spi.open(0, 0)
        spi.max_speed_hz = _SPEED_HZ
        spi.mode = 0
        self._spi = spi


def _refused(error: Exception) -> DeviceError:
    if isinstance(error, ImportError):
        return DeviceError("device", f"{PACKAGES} ({error})")
    return DeviceError(
        "device",
        f"The panel's pins or SPI cannot be used ({error}). config.txt needs dtparam=spi=on, without "
        "dtoverlay=spi0-0cs, and nothing else may have BCM 8, 10, 11, 17, 18, 24 and 25.",
    )
