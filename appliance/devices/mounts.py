"""Which sticks are mounted, as the kernel's table of this process's mounts says, and word of each change in it.

Knows /proc; never watches a folder for mounts: inotify does not tell of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from collections.abc import AsyncIterator
from pathlib import Path

from appliance.core import mounts
from appliance.core.mounts import Mount

_TABLE = Path("/proc/self/mountinfo")
_SETTLE_S = 0.2  # of one stick several changes come at once


class Mounts:
    """What is mounted directly in `folder`: sticks, each under its device's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def now(self) -> dict[str, Mount]:
        """By name, the oldest first."""
        return mounts.under(mounts.read(os.fsdecode(_TABLE.read_bytes())), str(self._folder))

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[asyncio.Event]:
        """An event that is set, again and again, when the table has changed.

        The kernel marks a change as urgent data (proc_pid_mounts(5)), which asyncio does not wait for; a set of its
        own that waits for that alone becomes readable, and asyncio waits for the set.
        """
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        with open(_TABLE, "rb") as table, select.epoll() as urgent:  # noqa: ASYNC230,PTH123  # of /proc: no waiting
            urgent.register(table.fileno(), select.EPOLLPRI | select.EPOLLERR)

            def heard() -> None:
                urgent.poll(0)  # the kernel counts from here on
                loop.call_later(_SETTLE_S, changed.set)

            loop.add_reader(urgent.fileno(), heard)
            try:
                yield changed
            finally:
                loop.remove_reader(urgent.fileno())
