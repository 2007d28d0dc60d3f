"""What Waveshare's drivers import as `epdconfig`: our own, so that importing one touches no pin and no wait is endless.

Theirs runs a shell and claims pins when it is imported, and asks the BUSY pin for ever. A driver is loaded anew for
each panel, with this in the other's place, and nothing of it stays in `sys.modules`.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

from appliance.devices.display import NoAnswerError
from appliance.devices.header import Bus
from appliance.errors import DeviceError

RESET, DATA, CHIP_SELECT, BUSY, POWER = 17, 25, 8, 24, 18  # BCM, as the HAT is wired (waveshare.com wiki)
OUTPUTS, INPUTS = (RESET, DATA, POWER), (BUSY,)

PACKAGE = "epaper.e-Paper.RaspberryPi_JetsonNano.python.lib.waveshare_epd"
MISSING = (
    "Waveshare's drivers are missing. Type: "
    "sudo /opt/stallbox/bin/python -m pip install --no-deps waveshare-epaper==1.4.0"
)
_LOOK_S = 0.01  # from one look at BUSY to the next; some drivers look without a pause


class Wiring:
    """The module's names as the drivers use them, over `bus`. A wait that lasts longer than `within` raises."""

    RST_PIN, DC_PIN, CS_PIN, BUSY_PIN, PWR_PIN = RESET, DATA, CHIP_SELECT, BUSY, POWER

    def __init__(
        self, bus: Bus, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.SPI = self  # some drivers write to its `writebytes2` themselves
        self._bus = bus
        self._now = now
        self._sleep = sleep
        self._until: float | None = None
        self._has_power = False

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What is done in here gets so many seconds; then the next look at BUSY raises NoAnswerError."""
        self._until = self._now() + seconds
        try:
            yield
        finally:
            self._until = None

    def close(self) -> None:
        """Takes the panel's power away and lets go of the bus. A second call does nothing."""
        if self._has_power:
            self.module_exit()
        self._bus.close()

    def module_init(self, cleanup: bool = False) -> int:
        self._bus.open()
        self._bus.set(POWER, True)
        self._has_power = True
        return 0

    def module_exit(self, cleanup: bool = False) -> None:
        """The panel's power ends; the pins stay ours."""
        self._has_power = False
        for pin in OUTPUTS:
            self._bus.set(pin, False)

    def digital_write(self, pin: int, value: int) -> None:
        if pin != CHIP_SELECT:  # SPI does that itself
            self._bus.set(pin, bool(value))

    def digital_read(self, pin: int) -> int:
        if pin == BUSY:
            if self._until is not None and self._now() >= self._until:
                raise NoAnswerError(
                    "device", "The panel says that it is busy, and does not stop. Check how it sits on the header."
                )
            self._sleep(_LOOK_S)
        return int(self._bus.is_high(pin))

    def delay_ms(self, milliseconds: float) -> None:
        self._sleep(milliseconds / 1000)

    def spi_writebyte(self, data: Sequence[int]) -> None:
        self._bus.send(bytes(value & 0xFF for value in data))  # some drivers send ~value, below zero

    spi_writebyte2 = spi_writebyte
    writebytes2 = spi_writebyte


def load_driver(module: str, wiring: Wiring) -> Any:
    """An `EPD` of the driver `module`, such as `epd4in2_V2`, over `wiring`. DeviceError where it is not installed."""
    name = f"{PACKAGE}.{module}"
    try:
        spec = importlib.util.find_spec(name)
    except ImportError as error:
        raise DeviceError("device", MISSING) from error
    if spec is None or spec.loader is None:
        raise DeviceError("device", f"{module} is none of Waveshare's drivers that are installed. {MISSING}")
    driver = importlib.util.module_from_spec(spec)
    with _in_place_of({f"{PACKAGE}.epdconfig": wiring, **_rpi()}):
        spec.loader.exec_module(driver)
    return driver.EPD()


def _rpi() -> dict[str, Any]:
    """RPi.GPIO, which some drivers import and do not use; the real one does not work on every board."""
    package, gpio = ModuleType("RPi"), ModuleType("RPi.GPIO")
    setattr(package, "GPIO", gpio)  # noqa: B010  # a module has no such attribute, says the type checker
    return {"RPi": package, "RPi.GPIO": gpio}


@contextlib.contextmanager
def _in_place_of(modules: dict[str, Any]) -> Iterator[None]:
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
