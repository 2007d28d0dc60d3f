"""The board: the latest status of the box, where tasks and pages meet without knowing each other.

Only the newest status counts; who looks rarely misses the ones between. It belongs to the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from appliance.core.status import Status


class Board:
    """One status, and everybody who waits for the next."""

    def __init__(self) -> None:
        self._latest: Status | None = None
        self._news = asyncio.Event()

    @property
    def latest(self) -> Status | None:
        """The newest status; None until the first was posted."""
        return self._latest

    def post(self, status: Status) -> None:
        """Puts `status` in place of the last one and wakes everybody who waits. Never blocks."""
        self._latest = status
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def newer(self, seen: Status | None) -> Status:
        """The newest status, at once if it is not the very one `seen`, else as soon as one is posted."""
        while self._latest is None or self._latest is seen:
            await self._news.wait()
        return self._latest

    async def watch(self) -> AsyncIterator[Status]:
        """The newest status, then each that is newest when the watcher comes back for more."""
        seen: Status | None = None
        while True:
            seen = await self.newer(seen)
            yield seen
