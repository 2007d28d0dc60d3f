"""The framebuffer display, on a file: what is written is the frame, whatever the monitor is at that moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from appliance.devices.framebuffer import REPAINT_S, FramebufferDisplay
from appliance.errors import DeviceError
from appliance.screens.frames import frame
from tests.devices.monitor import Monitor
from tests.reading import codes
from tests.screens.samples import SHOP_URL, STATUS


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return Monitor(tmp_path)


def display(monitor: Monitor, rotation: int = 0) -> FramebufferDisplay:
    return FramebufferDisplay(monitor.device, rotation, "RGB", sysfs=monitor.sysfs)


def corners(size: tuple[int, int]) -> Image.Image:
    """Red at the top left, green at the top right, blue at the bottom left."""
    image = Image.new("RGB", size, (255, 255, 255))
    for place, colour in (((0, 0), (255, 0, 0)), ((size[0] - 1, 0), (0, 255, 0)), ((0, size[1] - 1), (0, 0, 255))):
        image.putpixel(place, colour)
    return image


@pytest.mark.parametrize(("bits", "stride"), [(32, 3200), (32, 3264), (32, 3203), (16, 1600), (16, 1664), (16, 1603)])
def test_a_page_is_read_off_the_monitor(monitor: Monitor, bits: int, stride: int) -> None:
    """A phone reads the shop's code off what was written, at both depths and with rows of odd lengths."""
    monitor.change((800, 480), bits, stride)
    screen = display(monitor)
    screen.show(frame(STATUS, screen.size, screen.mode))
    assert codes(monitor.picture()) == {SHOP_URL}
    assert monitor.device.stat().st_size == stride * 480


def test_two_colours_and_all_colours(monitor: Monitor) -> None:
    """Frames without grey are taken as well, and 32 bits lose nothing."""
    screen = FramebufferDisplay(monitor.device, 0, "1", sysfs=monitor.sysfs)
    picture = Image.effect_noise(monitor.size, 60).convert("1")
    screen.show(picture)
    assert monitor.picture().tobytes() == picture.convert("RGB").tobytes()


@pytest.mark.parametrize(
    ("rotation", "size", "red", "green"),
    [
        (0, (320, 240), (0, 0), (319, 0)),
        (90, (240, 320), (319, 0), (319, 239)),
        (180, (320, 240), (319, 239), (0, 239)),
        (270, (240, 320), (0, 239), (0, 0)),
    ],
)
def test_turned_with_the_clock(
    monitor: Monitor, rotation: int, size: tuple[int, int], red: tuple[int, int], green: tuple[int, int]
) -> None:
    """The picture's top left lies where a turn with the clock takes it; the size is that of the upright picture."""
    screen = display(monitor, rotation)
    assert screen.size == size
    screen.show(corners(size))
    assert monitor.picture().getpixel(red) == (255, 0, 0)
    assert monitor.picture().getpixel(green) == (0, 255, 0)


@pytest.mark.parametrize(("before", "after"), [((32, 3264), (16, 1301)), ((16, 1605), (32, 2561))])
def test_another_mode_between_two_frames(monitor: Monitor, before: tuple[int, int], after: tuple[int, int]) -> None:
    """Size, depth and stride are asked anew each time; a frame for the old size is refused, and nothing is written."""
    monitor.change((800, 480), *before)
    screen = display(monitor)
    screen.show(corners(screen.size))
    old = corners(screen.size)
    monitor.change((640, 480), *after)
    with pytest.raises(DeviceError, match="changed its size"):
        screen.show(old)
    assert set(monitor.device.read_bytes()) == {0}
    assert screen.size == (640, 480)
    screen.show(corners(screen.size))
    assert monitor.picture().tobytes() == corners((640, 480)).tobytes()


def test_another_depth_between_two_frames(monitor: Monitor) -> None:
    """Of the same size: the next frame is packed for what the monitor is then."""
    screen = display(monitor)
    for bits, stride in ((32, 1280), (16, 643), (32, 1283)):
        monitor.change((320, 240), bits, stride)
        screen.show(corners((320, 240)))
        assert monitor.picture().tobytes() == corners((320, 240)).tobytes()


def test_what_takes_a_picture_away(monitor: Monitor) -> None:
    """It is shown no more after another mode, or when a cable was pulled, or simply after a while."""
    now = 0.0
    screen = FramebufferDisplay(monitor.device, 0, "RGB", sysfs=monitor.sysfs, now=lambda: now)
    assert not screen.is_showing()
    screen.show(corners(screen.size))
    assert screen.is_showing()
    monitor.connector.write_text("disconnected\n")
    assert not screen.is_showing()
    screen.show(corners(screen.size))
    assert screen.is_showing()
    monitor.change((640, 480), 32, 2560)
    assert not screen.is_showing()
    screen.show(corners(screen.size))
    now = REPAINT_S
    assert not screen.is_showing()


def test_no_monitor(monitor: Monitor) -> None:
    """Without one nothing is made in its place, and the sentence says how to have one."""
    screen = display(monitor)
    screen.show(corners(screen.size))
    monitor.unplug()
    assert not screen.is_showing()
    for ask in (lambda: screen.size, lambda: screen.show(corners((320, 240)))):
        with pytest.raises(DeviceError, match=r"no monitor at fb0.*cmdline\.txt"):
            ask()
    assert not monitor.device.exists()
    screen.close()


def test_a_device_that_is_gone(monitor: Monitor) -> None:
    """A write that fails is the display's fault, with the system's reason, and makes no file."""
    screen = display(monitor)
    monitor.device.unlink()
    with pytest.raises(DeviceError, match="cannot be written: No such file"):
        screen.show(corners(screen.size))
    assert not monitor.device.exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("bits_per_pixel", "8", "8 bits a pixel"),
        ("bits_per_pixel", "24", "24 bits a pixel"),
        ("stride", "100", "100 bytes a row"),
        ("stride", "99999999999", "99999999999 bytes a row"),
        ("virtual_size", "0,0", "0x0"),
        ("virtual_size", "-320,240", "-320x240"),
        ("virtual_size", "128,64", "must have 122 to 8192"),
        ("virtual_size", "99999,99999", "must have 122 to 8192"),
        ("virtual_size", "?", "no monitor"),
    ],
)
def test_a_monitor_that_cannot_be_written(monitor: Monitor, name: str, value: str, said: str) -> None:
    """What does not fit together is refused before a byte is written."""
    monitor.tell(name, value)
    with pytest.raises(DeviceError, match=said):
        display(monitor).show(corners((320, 240)))
