"""A file that only grows, and is made durable when its owner says so."""

from __future__ import annotations

import errno
import os
from pathlib import Path


class GrowingFile:
    """OSError from every method where the stick refuses; open the file anew then."""

    def __init__(self, path: Path) -> None:
        """Opens it, or makes it. What lies behind `cut` is not there any more after that was called."""
        self.handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        self._end = os.fstat(self.handle).st_size

    def cut(self, size: int) -> None:
        """Keeps the first `size` bytes."""
        if size != self._end:
            os.ftruncate(self.handle, size)
            self._end = size

    def append(self, data: bytes) -> None:
        """Adds `data`, which counts after the next `sync`."""
        view, at = memoryview(data), self._end
        while view:
            count = os.pwrite(self.handle, view, at)
            if not count:
                raise OSError(errno.EIO, "nothing was written")
            view, at = view[count:], at + count
        self._end = at

    def sync(self) -> None:
        """Makes durable what was appended and cut."""
        os.fdatasync(self.handle)

    def close(self) -> None:
        os.close(self.handle)
