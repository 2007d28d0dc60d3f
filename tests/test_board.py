"""The board."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from appliance.board import Board
from tests.screens.samples import STATUS


async def test_a_watcher_gets_the_newest_at_once() -> None:
    """Who begins to watch sees the latest status without waiting."""
    board = Board()
    board.post(STATUS)
    assert await anext(board.watch()) is STATUS
    assert board.latest is STATUS


async def test_a_watcher_waits_for_the_first() -> None:
    """Before the first status there is none, and watchers wait."""
    board = Board()
    assert board.latest is None
    waiting = asyncio.create_task(anext(board.watch()))
    await asyncio.sleep(0)
    assert not waiting.done()
    board.post(STATUS)
    assert await waiting is STATUS


async def test_again() -> None:
    """Who waits is woken though nothing was posted, by an equal status; before the first one nobody is."""
    board = Board()
    board.again()
    assert board.latest is None
    board.post(STATUS)
    waiting = asyncio.create_task(board.newer(STATUS))
    await asyncio.sleep(0)
    board.again()
    assert await waiting == STATUS


async def test_a_slow_watcher_skips_to_the_newest() -> None:
    """Statuses posted while a watcher is busy are skipped but for the last, and posting never waits."""
    board = Board()
    seen = []
    board.post(replace(STATUS, size=0))
    async for status in board.watch():
        seen.append(status.size)
        if status.size == 50:
            break
        for size in range(1, 51):
            board.post(replace(STATUS, size=size))
    assert seen == [0, 50]


async def test_every_watcher_is_woken() -> None:
    """One post reaches all who wait."""
    board = Board()
    watchers = [asyncio.create_task(board.newer(None)) for _ in range(3)]
    await asyncio.sleep(0)
    board.post(STATUS)
    assert await asyncio.gather(*watchers) == [STATUS] * 3
