"""Reads the whole shelf again and again at idle priority, so that a card that rots is noticed before a buyer does."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

_PAUSE_S = 2.0  # after each file
_ROUND_S = 6 * 3600.0  # after each round
_LOWEST = 19


async def scrub(
    files: Callable[[], Iterable[str]],
    is_whole: Callable[[str], bool],
    quarantine: Callable[[str], Awaitable[None]],
    pause_s: float = _PAUSE_S,
) -> None:
    """Checks every digest that `files` names, round after round, and hands the bad ones to `quarantine`.

    `is_whole` reads a whole file: it runs in a thread of its own that gets processor and disk last.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="scrub", initializer=_be_last) as thread:
        while True:
            for digest in sorted(files()):
                await asyncio.sleep(pause_s)
                if not await loop.run_in_executor(thread, is_whole, digest):
                    await quarantine(digest)
            await asyncio.sleep(_ROUND_S)


def _be_last() -> None:
    """Lowest niceness for this thread alone; the kernel derives the disk's priority from it (ioprio_set(2))."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST)
