"""Inky panels: the picture that every driver of the library prints rightly, its pauses, and its ways to fail.

The library itself is in tests/panels.
"""

from __future__ import annotations

import sys

import pytest
from PIL import Image

from appliance.devices.display import NoAnswerError
from appliance.devices.inky import MISSING, InkyDisplay, in_ink, load_driver
from appliance.errors import DeviceError
from tests.devices.panels import Clock, InkyDriver, picture


@pytest.mark.parametrize(("black", "white"), [(0, 1), (1, 0)])
def test_ink_by_index_and_by_palette(black: int, white: int) -> None:
    """Drivers that copy the indices and drivers that look at the colours see the same picture."""
    frame = picture()
    indexed = in_ink(frame, black, white)
    assert indexed.mode == "P"
    assert [white if value else black for value in frame.convert("L").tobytes()] == list(indexed.tobytes())
    assert indexed.convert("RGB").tobytes() == frame.convert("RGB").tobytes()


@pytest.mark.parametrize(("rotation", "size"), [(0, (400, 300)), (180, (400, 300)), (90, (300, 400))])
def test_a_frame_on_a_panel(rotation: int, size: tuple[int, int]) -> None:
    """The panel is asked for its size, and gets the frame turned with the clock."""
    driver = InkyDriver((400, 300))
    display = InkyDisplay(rotation, load=lambda: driver, sleep=Clock().sleep)
    assert display.size == size
    frame = picture(size)
    display.show(frame)
    assert driver.shown is not None
    assert driver.shown.convert("1").tobytes() == frame.rotate(-rotation, expand=True).tobytes()
    assert display.is_showing()


def test_a_driver_that_comes_back_too_early() -> None:
    """A frame is shown once the ink is still: some drivers return before, and would cut the refresh off next time."""

    class Ssd1608(InkyDriver):
        __module__ = "inky.inky_ssd1608"

    for colour, seconds in (("black", 8), ("red", 15)):
        clock = Clock(0.0)
        display = InkyDisplay(0, load=lambda colour=colour: Ssd1608(colour=colour), sleep=clock.sleep)  # type: ignore[misc]
        display.show(picture())
        assert clock.now == seconds


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (SystemExit("Woah there, some pins we need are in use!\n  GPIO8"), DeviceError, r"in use! GPIO8.*spi0-0cs"),
        (RuntimeError("Timeout waiting for busy signal to clear."), NoAnswerError, "does not answer"),
        (UserWarning("Busy Wait: Timed out after 40.00s"), NoAnswerError, "does not answer"),
        (FileNotFoundError(2, "No such file or directory"), DeviceError, "dtparam=spi=on"),
        (ValueError(), DeviceError, "ValueError"),
    ],
)
def test_the_librarys_ways_to_fail(error: BaseException, kind: type[DeviceError], said: str) -> None:
    """All of them end as a display's error with advice, and the next frame is taken again."""
    driver = InkyDriver(fails=error)
    display = InkyDisplay(0, load=lambda: driver, sleep=Clock().sleep)
    with pytest.raises(DeviceError, match=said) as refused:
        display.show(picture())
    assert type(refused.value) is kind
    assert not display.is_showing()
    driver.fails = None
    display.show(picture())
    assert display.is_showing()


def test_a_panel_that_comes_later() -> None:
    """Without one there is no size, only advice; it is looked for anew each time."""
    found: list[InkyDriver] = []

    def load() -> InkyDriver:
        if not found:
            raise RuntimeError("No EEPROM detected! You must manually initialise your Inky board.")
        return found[0]

    display = InkyDisplay(0, load=load, sleep=Clock().sleep)
    with pytest.raises(DeviceError, match="No Inky panel was found"):
        _ = display.size
    assert display.longest_s == 140
    found.append(InkyDriver())
    assert display.size == (250, 122)
    assert display.longest_s == 90


@pytest.mark.parametrize(
    ("size", "rotation", "said"),
    [
        ((212, 104), 0, "212x104 pixels.*Use another panel"),
        ((250, 122), 90, "122x250 pixels.*Set rotation to 0 or 180"),
    ],
)
def test_a_panel_that_no_page_fits(size: tuple[int, int], rotation: int, said: str) -> None:
    """It is said what would help."""
    display = InkyDisplay(rotation, load=lambda: InkyDriver(size), sleep=Clock().sleep)
    with pytest.raises(DeviceError, match=said):
        display.show(Image.new("1", size))


def test_a_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence is the line to type."""
    monkeypatch.setitem(sys.modules, "inky", None)
    with pytest.raises(DeviceError, match=r"pip install 'stallbox\[inky\]'"):
        load_driver()
    assert MISSING.startswith("The Inky library is missing")
