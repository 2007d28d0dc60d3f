"""What was done to a device since the machine was switched on, kept where it outlives the daemon."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OncePerBoot:
    """Something that is done once a boot. `boot` is the kernel's name for this one."""

    path: Path
    boot: str

    def is_done(self) -> bool:
        """Whether it was noted in this boot."""
        try:
            return self.path.read_text() == self.boot
        except OSError:
            return False

    def note(self) -> None:
        """It is done. Where that cannot be kept it is done again after a restart, which costs seconds."""
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(self.boot)
