"""Pimoroni's Inky panels through their own library, which finds out which one it is by the panel's EEPROM.

The library is imported when the panel is first used, so that a box without one does without it. Its traps are kept in
here: pictures that it prints inverted, a refresh that goes on after it says it is done, `SystemExit` as an error.
"""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from appliance.core.pace import Pace
from appliance.devices.display import Mode, NoAnswerError, check_frame
from appliance.devices.turning import seen_size, turned_by
from appliance.errors import DeviceError

MISSING = "The Inky library is missing. Type: sudo /opt/stallbox/bin/python -m pip install 'stallbox[inky]'"
SMALLEST = (250, 122)
"""What a page needs."""

_GIVEN_UP = r"(Busy|Refresh) Wait: Timed out.* after [1-9][0-9]"
"""A refresh that did not end. Drivers also warn of short waits that were over too soon, and go on rightly."""

_GREY = 128


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: a refresh in full, and how much of it goes on after the driver says that it is done."""

    full_s: float
    goes_on_s: float = 0.0


# The drivers' own limits (inky 2.6.0). Those for SSD1608 and SSD1683 wait before a refresh, and not for its end; the
# next one begins with a reset, so that a panel must be done by then: 8 s in black, 15 s with a colour (Pimoroni).
_TIMINGS = {
    "inky": Timing(15),
    "inky_ssd1608": Timing(15, 15),
    "inky_ssd1683": Timing(15, 15),
    "inky_uc8159": Timing(32),
    "inky_ac073tc1a": Timing(45),
    "inky_e673": Timing(32),
    "inky_e640": Timing(40),
    "inky_el133uf1": Timing(65),
}
_FOUR_COLOURS = Timing(40)
_SLOWEST = Timing(65)
_BLACK_GOES_ON_S = 8.0


def load_driver() -> Any:
    """The driver of the panel on the header. DeviceError without the library; its own errors without a panel."""
    try:
        library = importlib.import_module("inky")
    except ImportError as error:
        raise DeviceError("device", f"{MISSING} ({error})") from error
    warnings.filterwarnings("error", _GIVEN_UP)  # else a panel that does not answer passes for one that shows
    warnings.filterwarnings("ignore", "Busy Wait: Held high")  # nothing for the journal: the driver waits instead
    return library.auto()


class InkyDisplay:
    """An Inky panel whose frames are turned by `rotation` degrees with the clock; black and white on any of them."""

    mode: Mode = "1"
    pace = Pace.SLOW

    def __init__(
        self, rotation: int, *, load: Callable[[], Any] = load_driver, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._rotation = rotation
        self._load = load
        self._sleep = sleep
        self._driver: Any = None
        self._is_showing = False

    @property
    def size(self) -> tuple[int, int]:
        """As the panel's EEPROM says; DeviceError where it says nothing, or is too narrow for this rotation."""
        width, height = self._guarded(lambda: self._found().resolution)
        size = seen_size((int(width), int(height)), self._rotation)
        if size[0] < SMALLEST[0] or size[1] < SMALLEST[1]:
            raise DeviceError("device", _too_small(size, self._rotation))
        return size

    @property
    def longest_s(self) -> float:
        """By the panel that was found, or the slowest there is."""
        timing = _timing(self._driver) if self._driver is not None else _SLOWEST
        return 2 * timing.full_s + 10

    def show(self, image: Image.Image) -> None:
        """Shows `image` in full and stays until the ink is still."""
        check_frame(image, self.size, self.mode)
        self._is_showing = False
        self._guarded(lambda: self._show(turned_by(image, self._rotation)))
        self._is_showing = True

    def is_showing(self) -> bool:
        """Ink stays."""
        return self._is_showing

    def idle(self) -> None:
        """The library sends a panel to sleep, or leaves it without voltage, after each refresh."""

    def close(self) -> None:
        """The library holds on to its pins until the process ends."""

    def _found(self) -> Any:
        if self._driver is None:
            self._driver = self._load()
        return self._driver

    def _show(self, image: Image.Image) -> None:
        driver = self._found()
        driver.set_image(in_ink(image, driver.BLACK, driver.WHITE))
        driver.show()
        self._sleep(_timing(driver).goes_on_s)

    def _guarded(self, does: Callable[[], Any]) -> Any:
        try:
            return does()
        except DeviceError:
            raise
        except (Exception, SystemExit) as error:  # the library's, its libraries' and the kernel's: this panel's fault
            raise _refused(error) from error


def in_ink(image: Image.Image, black: int, white: int) -> Image.Image:
    """A `P` image of a `1` image, in which both the indices and the palette say which ink is meant.

    Some drivers copy the indices, others look at the colours; nothing else works with all of them, and the conversion
    of other modes breaks with Pillow 13.
    """
    inks = [_GREY] * 768
    inks[3 * black : 3 * black + 3] = [0, 0, 0]
    inks[3 * white : 3 * white + 3] = [255, 255, 255]
    indexed = image.convert("L").point(lambda value: white if value else black)
    indexed.putpalette(inks)
    return indexed


def _too_small(size: tuple[int, int], rotation: int) -> str:
    said = f"This Inky panel has {size[0]}x{size[1]} pixels, and a page needs {SMALLEST[0]}x{SMALLEST[1]}."
    return f"{said} Use another panel." if rotation in {0, 180} else f"{said} Set rotation to 0 or 180."


def _timing(driver: Any) -> Timing:
    """By the module of the driver's class, or of the one that it is a mere name for."""
    modules = {kind.__module__.rpartition(".")[2] for kind in type(driver).__mro__}
    timing = next((timing for module, timing in _TIMINGS.items() if module in modules), _FOUR_COLOURS)
    if timing.goes_on_s and driver.colour == "black":
        return Timing(timing.full_s, _BLACK_GOES_ON_S)
    return timing


def _refused(error: BaseException) -> DeviceError:
    said = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, UserWarning) or "busy signal" in said:
        return NoAnswerError("device", f"The Inky panel does not answer ({said}). Check how it sits on the header.")
    if "EEPROM" in said or "platform" in said:
        advice = "Check how it sits on the header, and write dtparam=i2c_arm=on into config.txt."
        return DeviceError("device", f"No Inky panel was found ({said}). {advice}")
    advice = "config.txt needs dtparam=spi=on and dtoverlay=spi0-0cs, and no other HAT may have the panel's pins."
    return DeviceError("device", f"The Inky panel cannot be used ({said}). {advice}")
