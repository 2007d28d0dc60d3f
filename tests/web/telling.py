"""The box's status on the board as the daemon keeps it there, and pages that are told news of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from aiohttp import ClientResponse

from appliance.services.bulletin import Bulletin
from tests.web.served import Box


@contextlib.asynccontextmanager
async def told(box: Box) -> AsyncIterator[None]:
    """Until the end of the block every commit posts a new status."""
    stall = box.stall
    bulletin = Bulletin(box.board, stall.stock.status, stall.close.is_closed)
    stall.house.ledger.on_commit = bulletin.changed
    task = asyncio.create_task(bulletin.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass(frozen=True)
class Listener:
    """A page that is told news."""

    answer: ClientResponse

    async def next(self, within_s: float = 5.0) -> tuple[str, str]:
        """The next piece that is no beat: its name and data."""
        async with asyncio.timeout(within_s):
            while True:
                lines = (await self.answer.content.readuntil(b"\n\n")).decode().splitlines()
                if lines != ["event: beat", "data: "]:
                    return lines[0].removeprefix("event: "), lines[1].removeprefix("data: ")

    async def value(self, within_s: float = 5.0) -> dict[str, object]:
        """The data of the next piece, read as JSON."""
        found = json.loads((await self.next(within_s))[1])
        assert isinstance(found, dict)
        return found

    async def until(self, words: str) -> None:
        """Returns with the first piece that has these words in it."""
        while words not in (await self.next())[1]:
            pass


@contextlib.asynccontextmanager
async def listening(box: Box, path: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[Listener]:
    """A page on this machine, at this path of the shop's listener."""
    async with box.client.get(box.shop + path, headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        yield Listener(answer)
