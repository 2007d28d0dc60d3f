"""What `appliance.devices.display` promises of every display, kept by each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from appliance.core.pace import Pace
from appliance.devices.display import MODES, Display
from appliance.devices.file import FileDisplay
from appliance.devices.framebuffer import FramebufferDisplay
from appliance.devices.inky import InkyDisplay
from appliance.devices.null import NullDisplay
from appliance.errors import DeviceError
from tests.devices.monitor import Monitor
from tests.devices.panels import Clock, InkyDriver, Rig


@dataclass(frozen=True, slots=True)
class Example:
    """A display, its pace, and what breaks it."""

    display: Display
    pace: Pace
    breaks: Callable[[], object]


def null(_folder: Path) -> Example:
    return Example(NullDisplay(), Pace.SLOW, lambda: None)


def file(folder: Path) -> Example:
    frames = folder / "frames"
    return Example(
        FileDisplay(frames, (400, 300), "RGB"), Pace.LIGHT, lambda: frames.rename(folder / "old") and frames.touch()
    )


def fb(folder: Path) -> Example:
    monitor = Monitor(folder)
    return Example(FramebufferDisplay(monitor.device, 90, "RGB", sysfs=monitor.sysfs), Pace.LIGHT, monitor.unplug)


def inky(_folder: Path) -> Example:
    driver = InkyDriver()
    display = InkyDisplay(0, load=lambda: driver, sleep=Clock().sleep)
    return Example(display, Pace.SLOW, lambda: setattr(driver, "fails", SystemExit("no")))


def waveshare(folder: Path) -> Example:
    rig = Rig(folder)
    return Example(rig.display(), Pace.INK, lambda: setattr(rig.wires, "jammed", True))


CAN_BREAK = [file, fb, inky, waveshare]


@pytest.fixture(params=[null, *CAN_BREAK], ids=lambda make: make.__name__)
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Example:
    made: Example = request.param(tmp_path)
    return made


def blank(display: Display) -> Image.Image:
    return Image.new(display.mode, display.size, 1 if display.mode == "1" else "white")


def test_what_it_says_of_itself(example: Example) -> None:
    """A size that pages fit, a mode, a pace, and a time after which it hangs, all before the first frame."""
    display = example.display
    assert display.mode in MODES
    assert display.pace is example.pace
    width, height = display.size
    assert (width, height) >= (122, 122)
    assert 10 <= display.longest_s <= 140


def test_it_shows_frames_and_may_idle(example: Example) -> None:
    """Frame after frame, with nothing to do in between, it shows them."""
    display = example.display
    for _ in range(2):
        display.show(blank(display))
        assert display.is_showing()
        display.idle()
        assert display.is_showing()


def test_it_refuses_what_was_not_drawn_for_it(example: Example) -> None:
    """Another size or another mode is refused, and the next right frame is taken."""
    display = example.display
    width, height = display.size
    with pytest.raises((ValueError, DeviceError), match=f"{width + 8}|changed its size"):
        display.show(Image.new(display.mode, (width + 8, height)))
    other = "RGB" if display.mode == "1" else "1"
    with pytest.raises(ValueError, match=f"mode {other}|{other} on a display"):
        display.show(Image.new(other, display.size))
    display.show(blank(display))
    assert display.is_showing()


@pytest.mark.parametrize("example", CAN_BREAK, indirect=True, ids=lambda make: make.__name__)
def test_it_fails_as_a_device(example: Example) -> None:
    """Whatever breaks, the error is a DeviceError with a sentence, and what was shown is not believed any more."""
    display = example.display
    frame = blank(display)
    display.show(frame)
    example.breaks()
    with pytest.raises(DeviceError, match=r"\.$"):
        display.show(frame)
    assert isinstance(display, FileDisplay) or not display.is_showing()


def test_it_is_closed_twice(example: Example) -> None:
    """Before a frame and after one; the second call does nothing."""
    example.display.close()
    example.display.show(blank(example.display))
    example.display.close()
    example.display.close()
