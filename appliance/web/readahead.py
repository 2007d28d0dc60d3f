"""Keeps the event loop off a slow card: what is not in memory is read by a thread before it is sent."""

from __future__ import annotations

import asyncio
import errno
import os

_READ = 128 * 1024


async def ensure_in_memory(file: int, offset: int, count: int) -> None:
    """Return when `count` bytes (at least one) from `offset` of the open `file` can be sent without the card.

    Looks at the first and the last byte only: pages come and go in runs. Raises OSError as reading does.
    """
    if not (_in_memory(file, offset) and _in_memory(file, offset + count - 1)):
        await asyncio.to_thread(_read, file, offset, count)


def _in_memory(file: int, offset: int) -> bool:
    """Ask the page cache (preadv2, RWF_NOWAIT); a file system that cannot tell counts as memory."""
    try:
        os.preadv(file, [bytearray(1)], offset, os.RWF_NOWAIT)
    except BlockingIOError:
        return False
    except OSError as fault:
        if fault.errno != errno.EOPNOTSUPP:
            raise
    return True


def _read(file: int, offset: int, count: int) -> None:
    """Read to throw away; the kernel keeps the pages, and goes on to as many more while these are sent."""
    os.posix_fadvise(file, offset, 2 * count, os.POSIX_FADV_WILLNEED)
    for position in range(offset, offset + count, _READ):
        os.pread(file, min(_READ, offset + count - position), position)
