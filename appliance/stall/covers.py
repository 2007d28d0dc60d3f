"""The cover that the screen's page has, in pixels: read off the shelf once, and kept until another one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from PIL import Image

from appliance.core.status import Status
from appliance.errors import StallboxError
from appliance.screens.frames import cover_of

LARGEST = 800  # pixels of the longer side; no page has more room for it


class Covers:
    """`open_file` gives a file of the shelf by its digest. May be asked from any thread."""

    def __init__(self, open_file: Callable[[str], BinaryIO]) -> None:
        self._open_file = open_file
        self._last: tuple[str | None, Image.Image | None] = (None, None)

    def of(self, status: Status) -> Image.Image | None:
        """For a frame of `status`; None where it has none, or where the shelf cannot give it."""
        wanted = cover_of(status)
        digest, picture = self._last
        if digest != wanted:
            picture = None if wanted is None else self._read(wanted)
            self._last = (wanted, picture)
        return picture

    def _read(self, digest: str) -> Image.Image | None:
        try:
            with self._open_file(digest) as file, Image.open(file, formats=("JPEG",)) as picture:
                picture.thumbnail((LARGEST, LARGEST))
                return picture.convert("RGB")
        except (StallboxError, OSError):
            return None  # the page goes without; that the shelf has lost a file is found and said by the scrub
