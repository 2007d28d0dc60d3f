"""The bulletin: what it posts, and what it says of a day that was closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from appliance.board import Board
from appliance.core.status import Status
from appliance.errors import StoreError
from appliance.services.bulletin import Bulletin
from tests.screens.samples import STATUS


class Stall:
    """A stall that a test opens, closes and breaks."""

    def __init__(self) -> None:
        self.now = STATUS
        self.closed = False
        self.fails = False

    async def status(self) -> Status:
        if self.fails:
            raise StoreError("store", "The card cannot be read.")
        return self.now

    async def is_closed(self) -> bool:
        return self.closed


async def until(board: Board, bulletin: Bulletin, holds: Callable[[Status], bool]) -> None:
    """Something has changed, and soon the board says so."""
    bulletin.changed()
    async with asyncio.timeout(5):
        async for status in board.watch():
            if holds(status):
                return


async def test_what_is_posted() -> None:
    """News is posted, a closed day is seen until it is none any more, and a disk that fails is said."""
    board, stall = Board(), Stall()
    bulletin = Bulletin(board, stall.status, stall.is_closed)
    running = asyncio.create_task(bulletin.run())
    try:
        assert await board.newer(None) == STATUS
        stall.now = replace(STATUS, size=131)
        await until(board, bulletin, lambda status: status.size == 131)
        stall.closed = True
        await until(board, bulletin, lambda status: status.scene.is_closed)
        stall.closed = False
        await until(board, bulletin, lambda status: not status.scene.is_closed)
        stall.fails = True
        await until(board, bulletin, lambda status: [fault.code for fault in status.faults] == ["store"])
        assert board.latest is not None
        assert board.latest.size == 131
    finally:
        running.cancel()
