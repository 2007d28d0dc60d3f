"""The box's header as panels use it: gpiozero's own mock pins, and a spidev that is not there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory

from appliance.devices.header import HeaderBus
from appliance.errors import DeviceError


@dataclass
class SpiDev:
    opened: tuple[int, int] | None = None
    written: list[bytes] = field(default_factory=list)

    def open(self, bus: int, device: int) -> None:
        self.opened = (bus, device)

    def writebytes2(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.opened = None


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    before, gpiozero.Device.pin_factory = gpiozero.Device.pin_factory, MockFactory()
    try:
        yield gpiozero.Device.pin_factory
    finally:
        gpiozero.Device.pin_factory.reset()
        gpiozero.Device.pin_factory = before


@pytest.fixture
def spi(monkeypatch: pytest.MonkeyPatch) -> SpiDev:
    """A machine with spidev, as Debian's package brings it."""
    device, module = SpiDev(), ModuleType("spidev")
    vars(module)["SpiDev"] = lambda: device
    monkeypatch.setitem(sys.modules, "spidev", module)
    return device


def test_pins_and_spi(pins: MockFactory, spi: SpiDev) -> None:
    """Outputs are driven, inputs read, bytes sent; opening twice claims once, and closing lets go of all of it."""
    bus = HeaderBus(outputs=(17,), inputs=(24,))
    bus.open()
    bus.open()
    assert spi.opened == (0, 0)
    bus.set(17, True)
    assert pins.pin(17).state
    pins.pin(24).drive_high()
    assert bus.is_high(24)
    bus.send(b"\x12")
    assert spi.written == [b"\x12"]
    bus.close()
    bus.close()
    assert spi.opened is None
    HeaderBus(outputs=(17,), inputs=(24,)).open()


def test_pins_that_are_taken(pins: MockFactory, spi: SpiDev) -> None:
    """It is said which pins a panel needs, and nothing stays claimed."""
    button = gpiozero.Button(24)
    bus = HeaderBus(outputs=(17,), inputs=(24,))
    with pytest.raises(DeviceError, match=r"GPIO24.*without dtoverlay=spi0-0cs.*24 and 25"):
        bus.open()
    button.close()
    bus.open()


def test_without_spidev(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence is the line to type."""
    monkeypatch.setitem(sys.modules, "spidev", None)
    with pytest.raises(DeviceError, match="apt-get install python3-lgpio python3-spidev"):
        HeaderBus(outputs=(17,), inputs=(24,)).open()
