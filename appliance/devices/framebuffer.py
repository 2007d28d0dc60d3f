"""A monitor by the kernel's framebuffer: asks it for its geometry, turns the frame, and writes it.

The monitor may be plugged in, swapped or set to another mode at any time, so nothing is kept from frame to frame.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from appliance.core.pace import Pace
from appliance.devices.display import AT_ONCE_S, Mode
from appliance.devices.pixels import DEPTHS, packed
from appliance.devices.turning import seen_size, turned_by
from appliance.errors import DeviceError

SYSFS = Path("/sys/class")
REPAINT_S = 30.0
"""How long a picture is believed to be there: the console, or a monitor that was off, takes it away unseen."""

_SIDES = range(122, 8193)  # pixels: pages have no room on less, and a driver's odd answer must not take all memory
_LONGEST_ROW = 1 << 17  # bytes


@dataclass(frozen=True, slots=True)
class Geometry:
    """What the kernel says of a framebuffer: pixels across and down, bits of a pixel, bytes of a row."""

    width: int
    height: int
    bits: int
    stride: int


_Seen = tuple[Geometry, tuple[str, ...]]


def read_geometry(attributes: Path) -> Geometry:
    """From `/sys/class/graphics/fb0`; DeviceError where there is no monitor, or one that cannot be written."""
    try:
        width, height = map(int, (attributes / "virtual_size").read_text().split(","))
        bits, stride = (int((attributes / name).read_text()) for name in ("bits_per_pixel", "stride"))
    except (OSError, ValueError) as error:
        raise DeviceError(
            "device",
            f"There is no monitor at {attributes.name}: plug one in before the box is switched on, or write "
            "video=HDMI-A-1:1920x1080@60D into cmdline.txt.",
        ) from error
    if width not in _SIDES or height not in _SIDES:
        least, most = _SIDES[0], _SIDES[-1]
        text = f"The monitor at {attributes.name} has {width}x{height} pixels: a side must have {least} to {most}."
        raise DeviceError("device", text)
    if bits not in DEPTHS or not width * bits // 8 <= stride <= _LONGEST_ROW:
        said = f"{width}x{height}, {bits} bits a pixel, {stride} bytes a row"
        raise DeviceError("device", f"The monitor at {attributes.name} has {said}: 16 or 32 bits a pixel are needed.")
    return Geometry(width, height, bits, stride)


class FramebufferDisplay:
    """The monitor at `device`, such as `/dev/fb0`, whose frames are turned by `rotation` degrees with the clock.

    `sysfs` is where the kernel tells of it, `now` a monotonic clock in seconds.
    """

    def __init__(
        self,
        device: Path,
        rotation: int,
        mode: Mode,
        *,
        sysfs: Path = SYSFS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.mode = mode
        self.pace = Pace.LIGHT
        self.longest_s = AT_ONCE_S
        self._device = device
        self._rotation = rotation
        self._attributes = sysfs / "graphics" / device.name
        self._connectors = sysfs / "drm"
        self._now = now
        self._painted: tuple[_Seen, float] | None = None  # how the monitor was, and when

    @property
    def size(self) -> tuple[int, int]:
        """As the viewer sees it, at this moment; DeviceError where there is no monitor."""
        geometry = read_geometry(self._attributes)
        return seen_size((geometry.width, geometry.height), self._rotation)

    def show(self, image: Image.Image) -> None:
        """Writes `image`. DeviceError where it was drawn for a size that the monitor had before."""
        if image.mode != self.mode:
            raise ValueError(f"a frame of mode {image.mode} on a monitor of mode {self.mode}")
        geometry = read_geometry(self._attributes)
        seen = (geometry, self._connected())
        turned = turned_by(image, self._rotation)
        if turned.size != (geometry.width, geometry.height):
            raise DeviceError("device", f"The monitor at {self._device.name} has just changed its size.")
        self._write(packed(turned.convert("RGB"), geometry.bits, geometry.stride))
        self._painted = (seen, self._now())

    def is_showing(self) -> bool:
        """Whether the monitor is as it was at the last frame, and that was not long ago."""
        if self._painted is None:
            return False
        seen, at = self._painted
        try:
            geometry = read_geometry(self._attributes)
        except DeviceError:
            return False
        return (geometry, self._connected()) == seen and self._now() - at < REPAINT_S

    def idle(self) -> None:
        """Monitors need nothing; what takes a picture away is found by `is_showing`."""

    def close(self) -> None:
        """Nothing is held; the picture stays until the console takes it away."""

    def _connected(self) -> tuple[str, ...]:
        """Which connectors have a monitor: one that was off and is on again has lost its picture."""
        return tuple(_text(path) for path in sorted(self._connectors.glob("card*-*/status")))

    def _write(self, pixels: bytes) -> None:
        try:
            with self._device.open("r+b", buffering=0) as device:
                left = memoryview(pixels)
                while left:
                    left = left[device.write(left) :]
        except OSError as error:
            why = error.strerror or error
            raise DeviceError("device", f"The monitor at {self._device.name} cannot be written: {why}.") from error


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # gone since it was listed: that is a change, too
