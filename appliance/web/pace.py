"""Whose turn it is to send: the connections of one phone take turns, so that many have one phone's share.

A connection sends one slice in its turn, and no more than a slice leaves in one round of the event loop, so
that pages come in between. It knows addresses, not what is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from appliance.web.speed import Speed

_COST_OF_A_PIECE = 16 * 1024
"""What small pieces cost beside their bytes, in bytes: thousands of them must not hold the event loop either."""


class Lane:
    """The turn of one phone, first come first served."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.connections = 0

    @property
    def crowded(self) -> bool:
        """Whether another connection of this phone may want the turn."""
        return self.connections > 1


class Pace:
    """The lanes of all phones that are being served.

    `slice_bytes` (at least 8) is the most that goes out in one turn; `patience_s` is how long a connection whose phone
    takes no more may keep the turn from its siblings. `round` is held by who puts bytes, never while waiting
    for a phone.
    """

    def __init__(self, *, slice_bytes: int = 2 * 1024 * 1024, patience_s: float = 0.5) -> None:
        self._slice_bytes = slice_bytes
        self.patience_s = patience_s
        self.round = asyncio.Lock()
        self._speed = Speed()
        self._spent = 0
        self._lanes: dict[str, Lane] = {}

    @contextmanager
    def lane(self, phone: str) -> Iterator[Lane]:
        """The lane of the phone at this address, for as long as one response runs."""
        lane = self._lanes.setdefault(phone, Lane())
        lane.connections += 1
        try:
            yield lane
        finally:
            lane.connections -= 1
            if not lane.connections:
                del self._lanes[phone]

    def others(self, phone: str) -> int:
        """How many phones are being served beside this one."""
        return len(self._lanes.keys() - {phone})

    def seconds(self, count: int, phone: str) -> int:
        """About how long `count` bytes take to this phone as things are."""
        return self._speed.seconds(count, self.others(phone) + 1)

    def took(self, count: int, seconds: float) -> None:
        """Say that a phone took `count` bytes in `seconds` while it was offered more than it could take."""
        self._speed.sample(count, seconds, len(self._lanes))

    def slice_bytes(self, lane: Lane) -> int:
        """How much to send in this turn: an eighth where siblings wait, such as pictures behind an archive."""
        return self._slice_bytes // 8 if lane.crowded else self._slice_bytes

    async def spend(self, count: int) -> None:
        """Say that `count` bytes were put in this `round`; when a slice is full, pages come before the next."""
        self._spent += count + _COST_OF_A_PIECE
        if self._spent >= self._slice_bytes:
            self._spent = 0
            await asyncio.sleep(0)
