"""Where a box's files lie, on the box itself and in an image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Box:
    """`root` is `/` on the box itself, else the folder of an image."""

    root: Path
    data: Path

    @property
    def settings(self) -> Path:
        return self.data / "stallbox.toml"

    @property
    def card(self) -> Path:
        """The request for another network, where a laptop can write it."""
        return self.root / "boot/firmware/stallbox-hotspot.toml"

    @property
    def kept(self) -> Path:
        """What is in force and what was before; root's, since the data directory is not."""
        return self.root / "var/lib/stallbox-hotspot"
