"""Panels without their makers' drivers: small honest ones in their place, on wires that a test can jam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from appliance.devices.epdconfig import BUSY, POWER, Wiring
from appliance.devices.once import OncePerBoot
from appliance.devices.waveshare import MODELS, WaveshareDisplay
from appliance.errors import DeviceError


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Wires:
    """A bus whose panel is busy while it is `jammed`; opening it fails while it is `broken`."""

    jammed: bool = False
    broken: bool = False
    is_open: bool = False
    levels: dict[int, bool] = field(default_factory=dict)
    sent: list[bytes] = field(default_factory=list)

    def open(self) -> None:
        if self.broken:
            raise DeviceError("device", "The panel's pins or SPI cannot be used.")
        self.is_open = True

    def set(self, pin: int, is_high: bool) -> None:
        self.levels[pin] = is_high

    def is_high(self, pin: int) -> bool:
        assert pin == BUSY
        return self.jammed

    def send(self, data: bytes) -> None:
        assert self.levels[POWER]
        self.sent.append(data)

    def close(self) -> None:
        self.is_open = False


@dataclass
class Epd:
    """What a driver does for a 2.13 inch panel, as far as it can be told from outside: every call by its name."""

    wiring: Wiring
    calls: list[str] = field(default_factory=list)
    shown: bytes = b""
    fails: bool = False

    def init(self) -> int:
        self.calls.append("init")
        self.wiring.module_init()
        self._wait()
        return 0

    def displayPartBaseImage(self, picture: bytes) -> None:  # noqa: N802 - Waveshare's names
        self._show("base", picture)

    def displayPartial(self, picture: bytes) -> None:  # noqa: N802
        self._show("partial", picture)

    def sleep(self) -> None:
        self.calls.append("sleep")
        self.wiring.delay_ms(2000)
        self.wiring.module_exit()

    def taken(self) -> list[str]:
        """The calls since the last look."""
        calls, self.calls = self.calls, []
        return calls

    def _show(self, how: str, picture: bytes) -> None:
        self.calls.append(how)
        if self.fails:
            raise OSError(5, "Input/output error")
        self.wiring.spi_writebyte2(picture)
        self._wait()
        self.shown = picture

    def _wait(self) -> None:
        while self.wiring.digital_read(BUSY):
            self.wiring.delay_ms(10)


@dataclass
class Rig:
    """A 2.13 inch Waveshare display with its clock, wires and driver."""

    folder: Path
    boot: str = "this boot"
    rotation: int = 0
    clock: Clock = field(default_factory=Clock)
    wires: Wires = field(default_factory=Wires)
    drivers: list[Epd] = field(default_factory=list)

    def display(self) -> WaveshareDisplay:
        """A new one on the same wires, as after a restart of the daemon."""
        cleaned = OncePerBoot(self.folder / "panel-cleaned", self.boot)
        return WaveshareDisplay(
            MODELS["2in13"], self.rotation, self.wires, cleaned, load=self._load, now=self.clock, sleep=self.clock.sleep
        )

    @property
    def driver(self) -> Epd:
        return self.drivers[-1]

    def _load(self, module: str, wiring: Wiring) -> Epd:
        assert module == "epd2in13_V4"
        self.drivers.append(Epd(wiring))
        return self.drivers[-1]


@dataclass
class InkyDriver:
    """A driver of Pimoroni's library: takes indexed pictures, and copies their indices."""

    BLACK = 1
    WHITE = 0

    resolution: tuple[int, int] = (250, 122)
    colour: str = "black"
    fails: BaseException | None = None
    image: Image.Image | None = None
    shown: Image.Image | None = None

    def set_image(self, image: Image.Image) -> None:
        assert image.mode == "P"
        self.image = image

    def show(self) -> None:
        if self.fails is not None:
            raise self.fails
        self.shown = self.image


def picture(
    size: tuple[int, int] = (250, 122), draws: Callable[[int, int], bool] = lambda x, y: x < 20 > y
) -> Image.Image:
    """White with ink where `draws` says so; by itself a square in the corner."""
    image = Image.new("1", size, 1)
    for x in range(size[0]):
        for y in range(size[1]):
            if draws(x, y):
                image.putpixel((x, y), 0)
    return image
