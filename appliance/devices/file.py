"""A display that is a folder: every frame becomes a PNG file, for development, tests and remote view."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image

from appliance.core.pace import Pace
from appliance.devices.display import AT_ONCE_S, Mode, check_frame
from appliance.errors import DeviceError

LATEST = "latest.png"
_FRAME = re.compile(r"frame-(\d{6,})\.png", re.ASCII)


class FileDisplay:
    """Keeps `latest.png` and the last `keep` frames as `frame-000001.png` and so on, numbered through restarts.

    Files appear whole or not at all, so that a reader never meets half a picture.
    """

    def __init__(self, directory: Path, size: tuple[int, int], mode: Mode, *, keep: int = 20) -> None:
        self.size = size
        self.mode = mode
        self.pace = Pace.LIGHT
        self.longest_s = AT_ONCE_S
        self._directory = directory
        self._keep = keep
        self._count = max(map(_number, self._frames()), default=0)

    def show(self, image: Image.Image) -> None:
        """Writes `image` as the next frame and as the latest one."""
        check_frame(image, self.size, self.mode)
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._write(image, f"frame-{self._count + 1:06}.png")
            self._write(image, LATEST)
            self._count += 1
            self._forget_old()
        except OSError as error:
            raise DeviceError(
                "device", f"A display's pictures cannot be written to {self._directory}: {error.strerror or error}."
            ) from error

    def is_showing(self) -> bool:
        """Files stay."""
        return True

    def idle(self) -> None:
        """Files need nothing."""

    def close(self) -> None:
        """The pictures stay."""

    def _write(self, image: Image.Image, name: str) -> None:
        part = self._directory / f".{name}.part"
        image.save(part, "PNG")
        part.replace(self._directory / name)

    def _forget_old(self) -> None:
        for frame in self._frames():
            if _number(frame) <= self._count - self._keep:
                frame.unlink(missing_ok=True)

    def _frames(self) -> list[Path]:
        return [path for path in self._directory.glob("frame-*.png") if _FRAME.fullmatch(path.name)]


def _number(frame: Path) -> int:
    match = _FRAME.fullmatch(frame.name)
    return int(match.group(1)) if match else 0
