"""One incarnation's leaves as a file of a stick, brought in line with the ledger, which alone is believed.

Whatever a cut or another machine left behind is cut off at the last whole line that agrees. Blocks.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from appliance.files import sync_directory
from appliance.store.mirror.appending import GrowingFile


class LogFile:
    """The file, open; `size` leaves of the ledger stand in it. OSError where the stick refuses."""

    def __init__(self, path: Path, leaves: Sequence[bytes]) -> None:
        """Makes the file hold exactly these leaves, rewriting no more than what is not theirs."""
        self._file = GrowingFile(path)
        try:
            self.size, end = self._agreeing(leaves)
            self._file.cut(end)
            self.append(leaves[self.size :])
            self.sync()
            sync_directory(path.parent)
        except BaseException:
            self._file.close()
            raise

    def append(self, leaves: Sequence[bytes]) -> None:
        """Adds leaves behind those that are there; durable after `sync`. After an OSError open the file anew."""
        self._file.append(b"".join(leaf + b"\n" for leaf in leaves))
        self.size += len(leaves)

    def sync(self) -> None:
        self._file.sync()

    def close(self) -> None:
        self._file.close()

    def _agreeing(self, leaves: Sequence[bytes]) -> tuple[int, int]:
        """How many of the leaves the file begins with, and where they end in it."""
        count = end = 0
        with os.fdopen(os.dup(self._file.handle), "rb") as file:
            for leaf in leaves:
                if file.read(len(leaf) + 1) != leaf + b"\n":
                    break
                count, end = count + 1, end + len(leaf) + 1
        return count, end
