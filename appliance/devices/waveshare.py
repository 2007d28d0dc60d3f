"""Waveshare's black-and-white panels with partial refresh, each by the calls that its own driver names.

Which refresh comes when is decided by `appliance.core.ink`; here it is done.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageChops

from appliance.core.ink import Ink, Refresh
from appliance.core.pace import Pace
from appliance.devices.display import Mode, check_frame
from appliance.devices.epdconfig import Wiring, load_driver
from appliance.devices.header import Bus
from appliance.devices.once import OncePerBoot
from appliance.devices.turning import seen_size, turned_by
from appliance.errors import DeviceError

_POWER_OFF_S = 5.0  # a driver's `sleep` takes two seconds
_CLEANING = ("white", "black", "white")


@dataclass(frozen=True, slots=True)
class Model:
    """A panel and its driver's names. `size`: lying. `full_s`: a refresh in full (Waveshare's wiki, and measured).

    `is_upright`: the controller's rows run along the short side. `is_inverted`: a set bit is ink. `before`: called
    once before partial refreshes that follow one in full; `window`: what `partial` takes beside the picture.
    """

    module: str
    size: tuple[int, int]
    full_s: float
    base: str
    partial: str
    is_upright: bool = False
    is_inverted: bool = False
    before: str | None = None
    window: tuple[int, ...] = ()


MODELS = {
    "2in13": Model("epd2in13_V4", (250, 122), 2.0, "displayPartBaseImage", "displayPartial", is_upright=True),
    "2in9": Model("epd2in9_V2", (296, 128), 3.0, "display_Base", "display_Partial", is_upright=True),
    "4in2": Model("epd4in2_V2", (400, 300), 4.0, "display", "display_Partial"),
    "7in5": Model(
        "epd7in5_V2",
        (800, 480),
        5.0,
        "display",
        "display_Partial",
        is_inverted=True,
        before="init_part",
        window=(0, 0, 800, 480),
    ),
}


class WaveshareDisplay:
    """The panel of `model` on `bus`, whose frames are turned by `rotation` degrees with the clock.

    It is cleaned once a boot, which at a stall is once a day, and after each day that the box stays on.
    """

    mode: Mode = "1"
    pace = Pace.INK

    def __init__(
        self,
        model: Model,
        rotation: int,
        bus: Bus,
        cleaned: OncePerBoot,
        *,
        load: Callable[[str, Wiring], Any] = load_driver,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.size = seen_size(model.size, rotation)
        self._patience_s = 2 * model.full_s + 10
        self.longest_s = len(_CLEANING) * model.full_s + self._patience_s
        self._model = model
        self._rotation = rotation
        self._wiring = Wiring(bus, now, sleep)
        self._cleaned = cleaned
        self._load = load
        self._now = now
        self._driver: Any = None
        self._ink = Ink(cleaned_at=now() if cleaned.is_done() else None)
        self._picture: bytes | None = None

    def show(self, image: Image.Image) -> None:
        """Shows `image`, in part where the panel may have it so."""
        check_frame(image, self.size, self.mode)
        picture, self._picture = self._packed(turned_by(image, self._rotation)), None
        self._refresh(self._ink.refresh(), picture)
        self._picture = picture

    def is_showing(self) -> bool:
        """Ink stays."""
        return self._picture is not None

    def idle(self) -> None:
        """Takes ghosts away once there is time, and the panel's power while nothing changes."""
        if self._picture is None:
            return
        if (refresh := self._ink.upkeep(self._now())) is not None:
            self._refresh(refresh, self._picture)
        elif self._ink.may_sleep(self._now()):
            with self._answering(_POWER_OFF_S):
                self._driver.sleep()
            self._ink = self._ink.without_power()

    def close(self) -> None:
        """The picture stays; without power the panel's controller forgets it."""
        self._ink = self._ink.without_power()
        self._wiring.close()

    def _refresh(self, refresh: Refresh, picture: bytes) -> None:
        if refresh is Refresh.PARTIAL:
            self._in_part(picture)
        else:
            for face in _CLEANING if refresh is Refresh.CLEAN else ():
                self._in_full(self._packed(Image.new("1", self._model.size, face)))
            self._in_full(picture)
        self._ink = self._ink.after(refresh, self._now())
        if refresh is Refresh.CLEAN:
            self._cleaned.note()

    def _in_full(self, picture: bytes) -> None:
        with self._answering(self._patience_s) as driver:
            driver.init()
            getattr(driver, self._model.base)(picture)

    def _in_part(self, picture: bytes) -> None:
        with self._answering(self._patience_s) as driver:
            if self._model.before and not self._ink.partials:
                getattr(driver, self._model.before)()
            getattr(driver, self._model.partial)(picture, *self._model.window)

    @contextlib.contextmanager
    def _answering(self, seconds: float) -> Iterator[Any]:
        """The driver, which has so many seconds. After any error nothing is known of the panel."""
        try:
            if self._driver is None:
                self._driver = self._load(self._model.module, self._wiring)
            with self._wiring.within(seconds):
                yield self._driver
        except DeviceError:
            self._ink = self._ink.without_power()
            raise
        except Exception as error:  # whatever a driver, SPI or the kernel raises is this panel's fault alone
            self._ink = self._ink.without_power()
            raise DeviceError("device", f"The panel cannot be used: {error}. Check its cable.") from error

    def _packed(self, lying: Image.Image) -> bytes:
        """As the drivers take it: eight pixels a byte, the first one highest, rows filled up to whole bytes."""
        image = ImageChops.invert(lying) if self._model.is_inverted else lying
        return (image.transpose(Image.Transpose.ROTATE_90) if self._model.is_upright else image).tobytes()
