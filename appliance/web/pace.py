"""Whose turn it is to send: the connections of one phone take turns, so that many have one phone's share.

A connection sends one slice in its turn; phones never wait for each other here, the event loop goes round
among them slice by slice. It knows addresses, not what is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


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

    `slice_bytes` is the most that goes out in one turn and so bounds how long the event loop is held;
    `patience_s` is how long a connection whose phone takes no more may keep the turn from its siblings.
    """

    def __init__(self, *, slice_bytes: int = 2 * 1024 * 1024, patience_s: float = 0.5) -> None:
        self.slice_bytes = slice_bytes
        self.patience_s = patience_s
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
