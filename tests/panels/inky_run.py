"""Drives every Inky panel by Pimoroni's library, with stand-ins for I2C, SPI and gpiod's chip alone.

`python -m tests.panels.inky_run FOLDER`, in an environment of its own: frames come from FOLDER/WIDTHxHEIGHT.png; what
the panel's memory held goes to FOLDER/NAME.png, and what happened to the standard output as JSON.
"""

from __future__ import annotations

import datetime
import importlib
import json
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import PIL
from gpiod.line import Value
from PIL import Image

from appliance.devices.inky import InkyDisplay
from appliance.errors import DeviceError
from tests.panels.wires import Clock, Controller

DATA, RESET, BUSY = 22, 27, 17
RESET_AND_REFRESH = {0x12: 0.01, 0x20: 2.0}
POWER_AND_REFRESH = {0x04: 0.1, 0x12: 20.0, 0x02: 0.1}
CONTROLLERS = "ac073tc1a e640 e673 el133uf1 jd79661 jd79668 ssd1608 ssd1683 ssd2683 uc8159"
DRIVERS = ("inky", *(f"inky_{controller}" for controller in CONTROLLERS.split()))


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel as its EEPROM names it, and how its controller's memory is laid out: `bits` a pixel, in rows.

    `is_upright`: the rows run along the short side. `above`, `below`: memory that the glass does not show.
    """

    variant: int
    colour: int
    size: tuple[int, int]
    bits: int
    is_upright: bool = False
    above: int = 0
    below: int = 0
    chips: tuple[int, ...] = (8,)

    @property
    def is_busy_high(self) -> bool:
        return self.bits == 1  # the SSD16xx family

    @property
    def memory(self) -> int:
        return 0x24 if self.bits == 1 else 0x10


WHITE = 1  # in the memory of all of them: a set bit, or the second ink
BLACK, RED, YELLOW, SEVEN, SIX, FOUR = 1, 2, 3, 5, 6, 7  # the colours of an EEPROM
PANELS = {
    "wHAT, black": Panel(3, BLACK, (400, 300), 1),
    "wHAT, red": Panel(6, RED, (400, 300), 1),
    "pHAT SSD1608, black": Panel(10, BLACK, (250, 122), 1, is_upright=True, above=6, below=8),
    "pHAT SSD1608, red": Panel(11, RED, (250, 122), 1, is_upright=True, above=6, below=8),
    "pHAT SSD1608, yellow": Panel(12, YELLOW, (250, 122), 1, is_upright=True, above=6, below=8),
    "wHAT SSD1683, black": Panel(17, BLACK, (400, 300), 1),
    "wHAT SSD1683, yellow": Panel(19, YELLOW, (400, 300), 1),
    "Impression UC8159, 5.7 inch": Panel(14, SEVEN, (600, 448), 4),
    "Impression UC8159, 4 inch": Panel(16, SEVEN, (640, 400), 4),
    "Impression AC073TC1A": Panel(20, SEVEN, (800, 480), 4),
    "Impression EL133UF1": Panel(21, SIX, (1600, 1200), 4, is_upright=True, chips=(26, 16)),
    "Impression E673": Panel(22, SIX, (800, 480), 4),
    "Impression E640": Panel(25, SIX, (600, 400), 4, is_upright=True),
    "pHAT JD79661": Panel(23, FOUR, (250, 122), 2, is_upright=True, above=6),
    "wHAT JD79668": Panel(24, FOUR, (400, 300), 2),
    "wHAT SSD2683": Panel(28, FOUR, (400, 300), 2),
}


@dataclass
class Hat:
    """One panel on the header: its EEPROM, its chips on SPI, its pins. `taken` are pins that others have."""

    panel: Panel
    clock: Clock
    chips: dict[int, Controller] = field(default_factory=dict)
    levels: dict[int, bool] = field(default_factory=dict)
    taken: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        working = RESET_AND_REFRESH if self.panel.is_busy_high else POWER_AND_REFRESH
        self.chips = {pin: Controller(self.clock, working) for pin in self.panel.chips}

    # I2C
    def write_i2c_block_data(self, _address: int, _register: int, _data: list[int]) -> None:
        pass

    def read_i2c_block_data(self, _address: int, _register: int, _length: int) -> bytes:
        when = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).isoformat()[:21].encode()
        return struct.pack("<HHBBB22p", *self.panel.size, self.panel.colour, 12, self.panel.variant, when)

    # SPI
    def open(self, _bus: int, _device: int) -> None:
        pass

    def xfer3(self, values: list[int]) -> None:
        for pin, chip in self.chips.items():
            if not self.levels[pin]:
                if self.levels[DATA]:
                    chip.data(bytes(value & 0xFF for value in values))  # as spidev does
                else:
                    assert len(values) == 1
                    chip.command(values[0])

    xfer = xfer3

    # the chip of gpiod, and the lines that were requested from it
    def line_offset_from_id(self, pin: int) -> int:
        return pin

    def get_line_info(self, pin: int) -> Any:
        return SimpleNamespace(used=pin in self.taken, name=f"GPIO{pin}", consumer="spi0 CS0")

    def request_lines(self, consumer: str, config: dict[int, Any]) -> Hat:
        assert consumer == "inky"
        self.levels = {pin: settings.output_value is Value.ACTIVE for pin, settings in config.items()}
        return self

    def set_value(self, pin: int, value: Value) -> None:
        if pin == RESET and value is Value.ACTIVE and not self.levels[pin]:
            for chip in self.chips.values():
                chip.reset()
        self.levels[pin] = value is Value.ACTIVE

    def get_value(self, pin: int) -> Value:
        assert pin == BUSY
        return Value.ACTIVE if (self._busy_s() > 0) is self.panel.is_busy_high else Value.INACTIVE

    def wait_edge_events(self, patience: datetime.timedelta) -> bool:
        left = self._busy_s()
        self.clock.sleep(min(left, patience.total_seconds()))
        return left <= patience.total_seconds()

    def read_edge_events(self) -> list[Any]:
        return [SimpleNamespace(line_offset=BUSY)]

    def _busy_s(self) -> float:
        return max(chip.busy_s for chip in self.chips.values())

    def set_stuck(self, stuck: bool) -> None:
        for chip in self.chips.values():
            chip.stuck = stuck


def plug(hat: Hat | None) -> None:
    """From now on the library finds this one, or none."""

    def bus(_number: int) -> Hat:
        if hat is None:
            raise OSError(121, "Remote I/O error")
        return hat

    stand_ins: dict[str, dict[str, Any]] = {"smbus2": {"SMBus": bus}, "spidev": {"SpiDev": lambda: hat}}
    for name, attributes in stand_ins.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(attributes)
    importlib.import_module("gpiodevice").find_chip_by_platform = lambda: hat
    if hat is not None:
        for name in DRIVERS:
            importlib.import_module(f"inky.{name}").time = hat.clock


def in_memory(hat: Hat) -> Image.Image:
    """The picture that the controllers hold: white where an ink index says white, black where it says black."""
    panel = hat.panel
    width, height = panel.size[0], panel.above + panel.size[1] + panel.below
    rows = (height, width) if panel.is_upright else (width, height)
    strips = [_pixels(chip.ram[panel.memory], panel.bits) for chip in hat.chips.values()]
    part = rows[0] // len(strips)
    image = Image.new("L", rows)
    for place, strip in enumerate(strips):
        assert set(strip) <= {0, WHITE}, "another ink than black and white"
        shades = bytes(255 if value == WHITE else 0 for value in strip)
        image.paste(Image.frombytes("L", (part, rows[1]), shades), (place * part, 0))
    lying = image.transpose(Image.Transpose.ROTATE_90) if panel.is_upright else image
    return lying.crop((0, panel.above, width, panel.above + panel.size[1])).convert("1")


def _pixels(data: bytes, bits: int) -> bytes:
    mask, shifts = (1 << bits) - 1, range(8 - bits, -1, -bits)
    return bytes(byte >> shift & mask for byte in data for shift in shifts)


def drive(name: str, panel: Panel, folder: Path) -> dict[str, object]:
    """A frame that must arrive; a BUSY that sticks; the frame again once it is free."""
    clock = Clock()
    hat = Hat(panel, clock)
    plug(hat)
    display = InkyDisplay(0, sleep=clock.sleep)
    width, height = display.size
    with Image.open(folder / f"{width}x{height}.png") as picture:
        frame = picture.convert("1", dither=Image.Dither.NONE)
    began = clock.now
    display.show(frame)
    took = clock.now - began
    in_memory(hat).save(folder / f"{name}.png")
    colour_is_empty = panel.bits > 1 or not any(hat.chips[8].ram[0x26])
    hat.set_stuck(True)
    began = clock.now
    stuck = failure(lambda: display.show(frame))
    gave_up = clock.now - began
    was_showing = display.is_showing()
    hat.set_stuck(False)
    for chip in hat.chips.values():
        chip.ram.clear()
    display.show(frame)
    return {
        "driver": next(kind.__module__ for kind in type(display._driver).__mro__ if kind.__name__ == "Inky"),
        "size": [width, height],
        "took_s": took,
        "longest_s": display.longest_s,
        "stuck": stuck,
        "gave_up_s": gave_up,
        "was_showing": was_showing,
        "colour_is_empty": colour_is_empty,
        "same_again": in_memory(hat).tobytes() == frame.tobytes(),
    }


def failure(does: Any) -> list[str] | None:
    try:
        does()
    except DeviceError as error:
        return [type(error).__name__, error.detail]
    return None


def wrong() -> dict[str, object]:
    """What is said of a header without a panel, and of pins that others have."""
    plug(None)
    nothing = failure(lambda: InkyDisplay(0).size)
    hat = Hat(PANELS["wHAT SSD1683, black"], Clock(), taken=frozenset({8}))
    plug(hat)
    display = InkyDisplay(0, sleep=hat.clock.sleep)
    taken = failure(lambda: display.show(Image.new("1", display.size, 1)))
    upright = failure(lambda: _small_upright().size)
    return {"nothing": nothing, "taken": taken, "upright": upright}


def _small_upright() -> InkyDisplay:
    plug(Hat(PANELS["pHAT JD79661"], Clock()))
    return InkyDisplay(90)


def main(folder: Path) -> None:
    panels = {name: drive(name, panel, folder) for name, panel in PANELS.items()}
    json.dump({"pillow": PIL.__version__, "panels": panels, "wrong": wrong()}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
