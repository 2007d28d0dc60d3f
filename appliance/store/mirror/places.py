"""Where things lie in the folder `MIRROR` of a stick."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

LOG = re.compile(r"(0|[1-9][0-9]{0,9})\.ndjson")


def mirrors_in(folder: Path) -> list[Path]:
    """The mirrors on sticks that are mounted in a folder, whoever's they are."""
    return sorted(folder.glob("*/STALLBOX/MIRROR"))


@dataclass(frozen=True, slots=True)
class Places:
    """The folder `MIRROR`; nothing outside it is touched."""

    path: Path

    @property
    def identity(self) -> Path:
        return self.path / "identity.json"

    @property
    def settings(self) -> Path:
        return self.path / "settings.toml"

    @property
    def terms(self) -> Path:
        """Sealed: how the mirror was kept, and which settings belong to it."""
        return self.path / "terms.sealed"

    @property
    def second(self) -> Path:
        return self.path / "second-place"

    @property
    def adopted(self) -> Path:
        return self.path / "ADOPTED"

    @property
    def papers(self) -> Path:
        """Papers without a drop."""
        return self.path / "PAPERS"

    def log(self, incarnation: int) -> Path:
        return self.path / f"{incarnation}.ndjson"

    def checkpoint(self, incarnation: int) -> Path:
        return self.path / f"{incarnation}.checkpoint"

    @property
    def unsaid(self) -> Path:
        """Sealed lines: what the box's tables know and no leaf says."""
        return self.path / "claims" / "unsaid.sealed"

    def frozen(self, key: tuple[int, int], kind: str) -> Path:
        """What a claim serves, as bytes."""
        return self.path / "claims" / str(key[0]) / str(key[1]) / kind
