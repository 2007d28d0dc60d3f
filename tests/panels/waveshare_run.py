"""Drives Waveshare's own drivers with our epdconfig on a bus that ends in a controller of tests.panels.wires.

`python -m tests.panels.waveshare_run FOLDER`, in an environment of its own: frames come from FOLDER/MODEL-1.png and
-2.png; what the panel's memory held at each refresh goes to FOLDER/MODEL-shown-N.png, and the rest to the standard
output as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import PIL
from PIL import Image

from appliance.core.ink import IDLE_S, SLEEP_S
from appliance.devices.epdconfig import BUSY, DATA, POWER, RESET, Wiring, load_driver
from appliance.devices.once import OncePerBoot
from appliance.devices.waveshare import MODELS, Model, WaveshareDisplay
from appliance.errors import DeviceError
from tests.panels.wires import Clock, Controller

_SWRESET, _ACTIVATE, _WRITE_SSD = 0x12, 0x20, 0x24  # SSD1680 and its family
_POWER_ON, _POWER_OFF, _REFRESH, _WRITE_UC, _INTERVAL = 0x04, 0x02, 0x12, 0x13, 0x50  # UC8179


@dataclass
class Panel:
    """A bus with one panel on it. `shown` are the pictures in its memory whenever it refreshed."""

    model: Model
    clock: Clock
    shown: list[Image.Image] = field(default_factory=list)
    levels: dict[int, bool] = field(default_factory=dict)
    is_open: bool = False

    def __post_init__(self) -> None:
        if self.is_uc:
            working = {_POWER_ON: 0.1, _POWER_OFF: 0.1, _REFRESH: self.model.full_s}
        else:
            working = {_SWRESET: 0.01, _ACTIVATE: self.model.full_s}
        self.chip = Controller(self.clock, working)

    @property
    def is_uc(self) -> bool:
        return self.model.is_inverted

    @property
    def _refresh(self) -> int:
        return _REFRESH if self.is_uc else _ACTIVATE

    @property
    def _write(self) -> int:
        return _WRITE_UC if self.is_uc else _WRITE_SSD

    def open(self) -> None:
        self.is_open = True

    def set(self, pin: int, is_high: bool) -> None:
        assert self.is_open
        if pin == RESET and is_high and not self.levels.get(RESET):
            self.chip.reset()
        self.levels[pin] = is_high

    def is_high(self, pin: int) -> bool:
        assert pin == BUSY
        return (self.chip.busy_s > 0) is not self.is_uc

    def send(self, data: bytes) -> None:
        assert self.levels[POWER], "the panel has no power"
        if self.levels[DATA]:
            self.chip.data(data)
            return
        for code in data:
            self.chip.command(code)
            if code == self._refresh and self._write in self.chip.ram:
                self.shown.append(self._picture())

    def close(self) -> None:
        self.is_open = False

    def _picture(self) -> Image.Image:
        width, height = self.model.size
        rows = (height, width) if self.model.is_upright else (width, height)
        data = self.chip.ram[self._write]
        if self.is_uc and not self.chip.ram[_INTERVAL][0] & 1:  # DDX: a set bit is ink
            data = bytes(byte ^ 0xFF for byte in data)
        image = Image.frombytes("1", rows, data)
        return image.transpose(Image.Transpose.ROTATE_270) if self.model.is_upright else image


def drive(name: str, model: Model, folder: Path) -> dict[str, object]:
    """A first frame, a second one, three minutes of nothing; a BUSY that sticks, and a frame once it is free."""
    clock = Clock()
    panel = Panel(model, clock)
    cleaned = OncePerBoot(folder / f"{name}-cleaned", "this boot")
    display = WaveshareDisplay(model, 0, panel, cleaned, now=clock.monotonic, sleep=clock.sleep)
    first, second = (_frame(folder / f"{name}-{number}.png") for number in (1, 2))
    display.show(first)
    steps = [len(panel.shown)]
    display.show(second)
    steps.append(len(panel.shown))
    clock.sleep(SLEEP_S)
    display.idle()
    sleeps_without_power = not panel.levels[POWER]
    clock.sleep(IDLE_S)
    display.idle()
    steps.append(len(panel.shown))
    panel.chip.stuck = True
    began = clock.now
    stuck = _failure(lambda: display.show(first))
    gave_up, was_showing = clock.now - began, display.is_showing()
    panel.chip.stuck = False
    display.show(first)
    steps.append(len(panel.shown))
    for number, picture in enumerate(panel.shown):
        picture.save(folder / f"{name}-shown-{number}.png")
    display.close()
    display.close()
    return {
        "steps": steps,
        "sleeps_without_power": sleeps_without_power,
        "stuck": stuck,
        "gave_up_s": gave_up,
        "longest_s": display.longest_s,
        "was_showing": was_showing,
        "is_cleaned": cleaned.is_done(),
        "is_open": panel.is_open,
        "same_as_theirs": _same_as_theirs(model, second, panel),
    }


def _same_as_theirs(model: Model, frame: Image.Image, panel: Panel) -> bool:
    """Whether the driver itself would pack the frame as we do, and did not come with an epdconfig of its own."""
    clock = Clock()
    driver = load_driver(model.module, Wiring(panel, clock.monotonic, clock.sleep))
    ours = WaveshareDisplay(model, 0, panel, OncePerBoot(Path("/nowhere"), ""))._packed(frame)
    return bytes(driver.getbuffer(frame)) == ours


def _frame(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("1", dither=Image.Dither.NONE)


def _failure(does: Callable[[], None]) -> list[str] | None:
    try:
        does()
    except DeviceError as error:
        return [type(error).__name__, error.detail]
    return None


def main(folder: Path) -> None:
    panels = {name: drive(name, model, folder) for name, model in MODELS.items()}
    found = [name for name in sys.modules if name.startswith("RPi") or name.endswith(".epdconfig")]
    left = [name for name in found if not name.startswith("appliance.")]
    json.dump({"pillow": PIL.__version__, "panels": panels, "left_in_modules": left}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
