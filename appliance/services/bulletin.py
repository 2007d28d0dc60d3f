"""Posts the box's status to the board: after each commit, and when time alone has changed it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from appliance.board import Board
from appliance.core.status import Status

_QUIET_S = 20.0
_GATHER_S = 0.05  # the sale is answered first; drawing its frame would take the processor from it


class Bulletin:
    def __init__(self, board: Board, status: Callable[[], Awaitable[Status]]) -> None:
        self._board = board
        self._status = status
        self._news = asyncio.Event()

    def changed(self) -> None:
        """Something happened; many changes at once make one posting."""
        self._news.set()

    async def run(self) -> None:
        while True:
            self._news.clear()
            self._board.post(await self._status())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_QUIET_S):
                    await self._news.wait()
            await asyncio.sleep(_GATHER_S)
