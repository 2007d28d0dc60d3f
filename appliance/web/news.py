"""News of the box for the pages that are open: what is said again whenever a new status makes it another.

Knows the board and when to count. What is counted and how it is said are the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Generic, TypeVar

from appliance.board import Board
from appliance.core.status import Status
from appliance.weblib.events import Event

T = TypeVar("T")


class News(Generic[T]):
    """Events called `name`. `count` is asked once for each status, however many listen; `say` puts it into the words of
    each listener's language. `pause_s`: the least from one piece of news to the next."""

    def __init__(
        self,
        name: str,
        board: Board,
        count: Callable[[Status], Awaitable[T]],
        say: Callable[[T], str],
        *,
        pause_s: float,
    ) -> None:
        self._name = name
        self._board = board
        self._count = count
        self._say = say
        self._pause_s = pause_s
        self._turn = asyncio.Lock()
        self._counted: tuple[Status, T] | None = None

    async def told(self) -> AsyncGenerator[Event, None]:
        """What is true now, then each time it is another; what comes while nobody asks is skipped."""
        last = ""
        async with aclosing(self._board.watch()) as statuses:
            async for status in statuses:
                said = self._say(await self._counted_for(status))
                if said != last:
                    last = said
                    yield Event(self._name, said)
                    await asyncio.sleep(self._pause_s)

    async def _counted_for(self, status: Status) -> T:
        async with self._turn:
            if self._counted is None or self._counted[0] is not status:
                self._counted = status, await self._count(status)
            return self._counted[1]
