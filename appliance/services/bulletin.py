"""Posts the box's status to the board: after each commit, and when time alone has changed it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from appliance.board import Board
from appliance.core.status import Fault, Status
from appliance.errors import StoreError

_QUIET_S = 20.0
_GATHER_S = 0.05  # the sale is answered first; drawing its frame would take the processor from it


class Bulletin:
    """`status` says how the box is; `is_closed`, whether the day was closed and nothing sold since."""

    def __init__(
        self, board: Board, status: Callable[[], Awaitable[Status]], is_closed: Callable[[], Awaitable[bool]]
    ) -> None:
        self._board = board
        self._status = status
        self._is_closed = is_closed
        self._news = asyncio.Event()

    def changed(self) -> None:
        """Something happened; many changes at once make one posting."""
        self._news.set()

    async def run(self) -> None:
        last = await self._status()
        while True:
            self._board.post(last)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_QUIET_S):
                    await self._news.wait()
            await asyncio.sleep(_GATHER_S)
            self._news.clear()
            last = await self._after(last)

    async def _after(self, last: Status) -> Status:
        """The status now; where the disk cannot be read, what was known before and that."""
        try:
            self._board.change(is_closed=await self._is_closed())
            return await self._status()
        except StoreError as refusal:
            return replace(last, faults=(Fault(refusal.code, refusal.detail),))
