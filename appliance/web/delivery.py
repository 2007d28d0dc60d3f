"""Sends pieces in turns: bounded slices, warm from memory, ended when the client takes nothing any more.

It knows order, turns and time (monotonic). It refuses to know HTTP; where the bytes leave is the outlet's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from appliance.core.segments import Piece, Source
from appliance.web.outlets import Outlet
from appliance.web.pace import Lane, Pace
from appliance.web.readahead import ensure_in_memory

OpenFile = Callable[[str], BinaryIO]
"""Opens the shelf file of a digest for reading; raises StoreError where it is not to be had."""

Progress = Callable[[int, int], None]
"""Told (position in the whole body, count) of bytes that the outlet has taken, in order, each byte once."""

Begin = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Terms:
    """How all bodies leave this box. `idle_s`: a client that takes nothing for so long is given up."""

    open_file: OpenFile
    pace: Pace
    idle_s: float = 60.0


class Delivery:
    """One response's body on its way."""

    def __init__(self, outlet: Outlet, lane: Lane, terms: Terms, on_progress: Progress) -> None:
        self._outlet = outlet
        self._lane = lane
        self._pace = terms.pace
        self._open_file = terms.open_file
        self._on_progress = on_progress
        self._idle_s = terms.idle_s
        self._loop = asyncio.get_running_loop()
        self._moved = self._loop.time()
        self._full_at: float | None = None  # from when on it is the radio that sets the pace, and not our memory
        self._since_full = 0

    async def run(self, pieces: Iterable[Piece], begin: Begin) -> None:
        """Open the first piece, await `begin` (which sends the header), then send all pieces.

        Raises ConnectionError when the client has gone, TimeoutError when it takes nothing for too long,
        StoreError when a file cannot be opened or read.
        """
        try:
            for number, piece in enumerate(pieces):
                with self._opened(piece.source) as source:
                    if number == 0:
                        await self._begin(begin)
                    await self._send(piece, source)
        finally:
            if self._full_at is not None:
                self._pace.took(self._since_full, self._moved - self._full_at)

    async def _begin(self, begin: Begin) -> None:
        await begin()
        while not self._outlet.is_clear():
            await self._patiently()

    @contextmanager
    def _opened(self, source: Source) -> Iterator[bytes | BinaryIO]:
        if isinstance(source, bytes):
            yield source
            return
        with self._open_file(source) as file:
            yield file

    async def _send(self, piece: Piece, source: bytes | BinaryIO) -> None:
        sent = 0
        while sent < piece.count:
            count = min(piece.count - sent, self._pace.slice_bytes(self._lane))
            if not isinstance(source, bytes):
                await ensure_in_memory(source.fileno(), piece.offset + sent, count)
            self._outlet.keep_shallow(self._lane.crowded)
            async with self._lane.turn:
                taken = await self._one_turn(piece, source, sent, count)
            sent += taken
            if taken < count:
                await self._until_writable()

    async def _one_turn(self, piece: Piece, source: bytes | BinaryIO, sent: int, count: int) -> int:
        """Send `count` bytes, or fewer when the client is slow and a sibling may be waiting."""
        left = count
        while left:
            taken = await self._put(piece, source, sent, left)
            sent, left = sent + taken, left - taken
            if not taken and not await self._patiently() and self._lane.crowded:
                break
        return count - left

    async def _put(self, piece: Piece, source: bytes | BinaryIO, sent: int, count: int) -> int:
        async with self._pace.round:
            taken = self._outlet.put(source, piece.offset + sent, count)
            if not taken and self._full_at is None:
                self._full_at = self._loop.time()
            if taken:
                self._moved = self._loop.time()
                self._since_full += taken if self._full_at is not None else 0
                self._on_progress(piece.position + sent, taken)
                await self._pace.spend(taken)
        return taken

    async def _until_writable(self) -> None:
        while not await self._patiently():
            pass

    async def _patiently(self) -> bool:
        """Wait a while for the client; whether it takes something now."""
        if self._loop.time() - self._moved > self._idle_s:
            raise TimeoutError
        return await self._outlet.writable(min(self._pace.patience_s, self._idle_s))
