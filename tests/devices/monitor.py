"""A monitor for tests: a file in place of /dev/fb0, and a folder in place of what the kernel tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

_MODES = {16: "BGR;16", 32: "BGRX"}


@dataclass
class Monitor:
    """`bits` per pixel and `stride` bytes per row; `folder` holds `dev/fb0` and `sys`."""

    folder: Path
    size: tuple[int, int] = (320, 240)
    bits: int = 32
    stride: int = 1280

    def __post_init__(self) -> None:
        for path in (self.device.parent, self._attributes, self.connector.parent):
            path.mkdir(parents=True)
        self.connector.write_text("connected\n")
        self.change(self.size, self.bits, self.stride)

    @property
    def device(self) -> Path:
        return self.folder / "dev" / "fb0"

    @property
    def sysfs(self) -> Path:
        return self.folder / "sys"

    @property
    def connector(self) -> Path:
        return self.sysfs / "drm" / "card1-HDMI-A-1" / "status"

    @property
    def _attributes(self) -> Path:
        return self.sysfs / "graphics" / "fb0"

    def change(self, size: tuple[int, int], bits: int, stride: int) -> None:
        """Another mode: the picture is gone."""
        self.size, self.bits, self.stride = size, bits, stride
        self.device.write_bytes(bytes(stride * size[1]))
        for name, value in (("virtual_size", f"{size[0]},{size[1]}"), ("bits_per_pixel", bits), ("stride", stride)):
            (self._attributes / name).write_text(f"{value}\n")

    def tell(self, name: str, value: str) -> None:
        (self._attributes / name).write_text(value)

    def unplug(self) -> None:
        """As where no monitor was seen since the machine was switched on."""
        for path in self._attributes.iterdir():
            path.unlink()
        self.device.unlink()

    def picture(self) -> Image.Image:
        """What is to be seen; 16 bits keep five or six of each colour."""
        return Image.frombytes("RGB", self.size, self.device.read_bytes(), "raw", _MODES[self.bits], self.stride)
