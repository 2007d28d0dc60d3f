"""Waveshare panels: which calls of the driver a frame becomes, what they do while nothing changes, and failures.

Its own drivers are in tests/panels.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image

from appliance.core.ink import CLEAN_S, IDLE_S, MAX_PARTIALS, SLEEP_S
from appliance.devices.display import NoAnswerError
from appliance.devices.epdconfig import BUSY, MISSING, POWER, Wiring, load_driver
from appliance.errors import DeviceError
from tests.devices.panels import Clock, Rig, Wires, picture

CLEAN = ["init", "base", "init", "base", "init", "base", "init", "base"]
FULL = ["init", "base"]


def frames(count: int) -> list[Image.Image]:
    return [picture(draws=lambda x, y, width=width: x <= width and y < 9) for width in range(count)]


def upright(image: Image.Image) -> bytes:
    """The memory of a controller whose rows run along the short side."""
    return image.transpose(Image.Transpose.ROTATE_90).tobytes()


def test_a_day_of_a_panel(tmp_path: Path) -> None:
    """Cleaned first, eight changes in part, the ninth in full; idle it loses its ghosts, and then its power."""
    rig = Rig(tmp_path)
    display = rig.display()
    first, *others = frames(MAX_PARTIALS + 2)
    display.show(first)
    assert rig.driver.taken() == CLEAN
    assert rig.driver.shown == upright(first)
    for frame in others:
        display.show(frame)
        assert rig.driver.shown == upright(frame)
    assert rig.driver.taken() == ["partial"] * MAX_PARTIALS + FULL
    display.show(first)
    display.idle()
    assert rig.driver.taken() == ["partial"]
    rig.clock.now += SLEEP_S
    display.idle()
    assert rig.driver.taken() == ["sleep"]
    assert rig.wires.levels[POWER] is False
    rig.clock.now += IDLE_S
    display.idle()
    assert rig.driver.taken() == FULL
    assert rig.driver.shown == upright(first)
    rig.clock.now += CLEAN_S
    display.idle()
    assert rig.driver.taken() == CLEAN
    assert display.is_showing()


def test_after_sleep_the_next_frame_is_in_full(tmp_path: Path) -> None:
    """A controller without power has forgotten the picture that a part would change."""
    rig = Rig(tmp_path)
    display = rig.display()
    first, second = frames(2)
    display.show(first)
    rig.clock.now += SLEEP_S
    display.idle()
    rig.driver.taken()
    display.show(second)
    assert rig.driver.taken() == FULL


@pytest.mark.parametrize(("boot", "calls"), [("this boot", FULL), ("the next boot", CLEAN)])
def test_a_restart_of_the_daemon(tmp_path: Path, boot: str, calls: list[str]) -> None:
    """The first frame is in full; the panel is cleaned again only after the machine was off."""
    rig = Rig(tmp_path)
    display = rig.display()
    display.show(picture())
    display.close()
    assert rig.wires.levels[POWER] is False
    assert not rig.wires.is_open
    rig.boot = boot
    rig.display().show(picture())
    assert rig.driver.taken() == calls


def test_a_jam_ends_in_time_and_is_over_when_it_is_free(tmp_path: Path) -> None:
    """A BUSY that sticks is told after twice a refresh and ten seconds; the frame that follows is in full."""
    rig = Rig(tmp_path)
    display = rig.display()
    first, second = frames(2)
    display.show(first)
    rig.driver.taken()
    rig.wires.jammed = True
    began = rig.clock.now
    with pytest.raises(NoAnswerError, match="does not stop"):
        display.show(second)
    assert 14 <= rig.clock.now - began < 15 < display.longest_s
    assert not display.is_showing()
    rig.wires.jammed = False
    rig.driver.taken()
    display.show(second)
    assert rig.driver.taken() == FULL
    assert rig.driver.shown == upright(second)


def test_what_a_driver_or_the_kernel_raises(tmp_path: Path) -> None:
    """Any error is the display's, with its reason, also one while nothing changes; after it nothing is believed."""
    rig = Rig(tmp_path)
    display = rig.display()
    display.show(picture())
    display.show(frames(3)[2])
    rig.driver.fails = True
    rig.clock.now += IDLE_S
    with pytest.raises(DeviceError, match=r"Input/output error.*Check its cable"):
        display.idle()
    rig.driver.fails = False
    rig.driver.taken()
    display.show(picture())
    assert rig.driver.taken() == FULL


def test_a_bus_that_is_not_there(tmp_path: Path) -> None:
    """What is missing is told as it was told; once it is there the panel works."""
    rig = Rig(tmp_path, wires=Wires(broken=True))
    display = rig.display()
    with pytest.raises(DeviceError, match="pins or SPI"):
        display.show(picture())
    display.idle()
    rig.wires.broken = False
    display.show(picture())
    assert display.is_showing()


def test_upside_down(tmp_path: Path) -> None:
    """A panel that hangs turned shows the frame the other way round."""
    rig = Rig(tmp_path, rotation=180)
    display = rig.display()
    assert display.size == (250, 122)
    display.show(picture())
    assert rig.driver.shown == upright(picture().transpose(Image.Transpose.ROTATE_180))


def test_the_wiring_as_drivers_see_it() -> None:
    """Its names touch nothing before `module_init`; chip select is SPI's, negative bytes are bytes, BUSY is patient."""
    wires, clock = Wires(), Clock()
    wiring = Wiring(wires, clock, clock.sleep)
    assert not wires.is_open
    assert wiring.module_init() == 0
    assert wires.levels == {POWER: True}
    wiring.digital_write(wiring.CS_PIN, 0)
    wiring.digital_write(wiring.RST_PIN, 1)
    assert wires.levels == {POWER: True, wiring.RST_PIN: True}
    wiring.spi_writebyte([1])
    wiring.SPI.writebytes2([~0, -2])
    assert wires.sent == [b"\x01", b"\xff\xfe"]
    wires.jammed = True
    assert wiring.digital_read(BUSY) == 1
    with wiring.within(1.0):
        clock.now += 1
        with pytest.raises(NoAnswerError):
            wiring.digital_read(BUSY)
    assert wiring.digital_read(BUSY) == 1


def test_drivers_that_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence is the line to type."""
    monkeypatch.setitem(sys.modules, "epaper", None)
    clock = Clock()
    with pytest.raises(DeviceError) as refused:
        load_driver("epd2in13_V4", Wiring(Wires(), clock, clock.sleep))
    assert refused.value.detail == MISSING
