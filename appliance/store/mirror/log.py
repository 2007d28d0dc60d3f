"""One incarnation's leaves as a file of a stick, brought in line with the ledger, which alone is believed.

Whatever a cut or another machine left behind is cut off at the last whole line that agrees. Blocks.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from appliance.files import sync_directory, write_all


class LogFile:
    """The file, open; `size` leaves of the ledger stand in it. OSError where the stick refuses."""

    def __init__(self, path: Path, leaves: Sequence[bytes]) -> None:
        """Makes the file hold exactly these leaves, rewriting no more than what is not theirs."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            held, self._bytes = self._agreeing(leaves)
            self.size = held
            os.ftruncate(self._file, self._bytes)
            self.append(leaves[held:])
            os.fsync(self._file)
            sync_directory(path.parent)
        except BaseException:
            os.close(self._file)
            raise

    def append(self, leaves: Sequence[bytes]) -> None:
        """Adds leaves behind those that are there, and makes them durable. After an OSError open the file anew."""
        if leaves:
            data = b"".join(leaf + b"\n" for leaf in leaves)
            os.lseek(self._file, self._bytes, os.SEEK_SET)
            write_all(self._file, data)
            os.fdatasync(self._file)
            self._bytes += len(data)
            self.size += len(leaves)

    def close(self) -> None:
        os.close(self._file)

    def _agreeing(self, leaves: Sequence[bytes]) -> tuple[int, int]:
        """How many of the leaves the file begins with, and where they end in it."""
        count = end = 0
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            for leaf in leaves:
                if file.read(len(leaf) + 1) != leaf + b"\n":
                    break
                count, end = count + 1, end + len(leaf) + 1
        return count, end
