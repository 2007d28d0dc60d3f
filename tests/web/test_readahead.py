"""What is sent has been read before, away from the event loop."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.web.readahead import ensure_in_memory

LENGTH = 4_000_000


def in_memory(file: int, offset: int) -> bool:
    """Whether the page cache holds this byte."""
    try:
        return os.preadv(file, [bytearray(1)], offset, os.RWF_NOWAIT) == 1
    except BlockingIOError:
        return False


async def test_bytes_are_in_memory_before_they_are_sent(tmp_path: Path) -> None:
    """A part that the kernel has dropped is there again afterwards, from its first byte to its last."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(LENGTH))
    with path.open("rb", buffering=0) as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        try:
            dropped = not in_memory(file.fileno(), 1_000_000)
        except OSError:
            dropped = False
        if not dropped:
            pytest.skip("this file system does not drop what it is told to, or cannot tell")
        await ensure_in_memory(file.fileno(), 1_000_000, 2_000_000)
        assert all(in_memory(file.fileno(), offset) for offset in range(1_000_000, 3_000_000, 4096))


async def test_the_end_of_a_file_is_no_fault(tmp_path: Path) -> None:
    """A file shorter than it should be is the sender's to find; here it is simply read as far as it goes."""
    path = tmp_path / "short"
    path.write_bytes(b"short")
    with path.open("rb", buffering=0) as file:
        await ensure_in_memory(file.fileno(), 0, 5)
        await ensure_in_memory(file.fileno(), 100, 100)
