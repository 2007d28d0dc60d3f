"""A slow link in front of a box, as a stall's Wi-Fi is on a full evening: bandwidth, delay, and breaks when a test
wants one.

Carries bytes and knows nothing of HTTP. The delay counts half each way, and once more, whole, to connect.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

BITS_PER_S = 1_500_000
ROUND_TRIP_S = 0.3
_PIECE = 4096  # at 1.5 Mbit/s 22 ms long
_IN_FLIGHT = 16  # pieces: what the air and its buffers hold


class Direction:
    """One direction of the air: all connections take turns in it."""

    def __init__(self, bits_per_s: int) -> None:
        self._bytes_per_s = bits_per_s / 8
        self._free_at = 0.0
        self.carried = 0

    async def carry(self, count: int) -> None:
        """Returns when `count` bytes have left."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(now, self._free_at) + count / self._bytes_per_s
        self.carried += count
        await asyncio.sleep(self._free_at - now)


@dataclass
class Link:
    """`break_after`: the first connection that has carried so many bytes to the browser breaks, once, and nobody gets
    through for `away_s`. `breaks` counts how often it happened."""

    target: int
    break_after: int | None = None
    away_s: float = 2.0
    port: int = 0
    breaks: int = 0
    down: Direction = field(default_factory=lambda: Direction(BITS_PER_S))
    up: Direction = field(default_factory=lambda: Direction(BITS_PER_S))
    _back_at: float = 0.0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the browser."""
        await asyncio.sleep(ROUND_TRIP_S)
        if asyncio.get_running_loop().time() < self._back_at:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        ways = [
            asyncio.ensure_future(self._flow(reader, far_writer, self.up, None)),
            asyncio.ensure_future(self._flow(far_reader, writer, self.down, self.break_after)),
        ]
        self._tasks.update(ways)
        try:
            await asyncio.gather(*ways)
        except ConnectionError:
            pass  # one side has gone, or the link broke: the other side hears of it below
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, far_writer):
                end.transport.abort()

    async def _flow(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: Direction, break_after: int | None
    ) -> None:
        """Carries until the source ends; ConnectionError where the link breaks first."""
        flight: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_IN_FLIGHT)
        landing = asyncio.ensure_future(_land(flight, sink))
        self._tasks.add(landing)
        sent = 0
        try:
            while piece := await source.read(_PIECE):
                await way.carry(len(piece))
                await flight.put((asyncio.get_running_loop().time() + ROUND_TRIP_S / 2, piece))
                sent += len(piece)
                if break_after is not None and sent > break_after and not self.breaks:
                    self._break()
            await flight.put((0.0, b""))
            await landing
        finally:
            landing.cancel()

    def _break(self) -> None:
        self.breaks += 1
        self._back_at = asyncio.get_running_loop().time() + self.away_s
        raise ConnectionResetError("the link broke")

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _land(flight: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
    """What is in the air comes down, each piece in its time; an empty one is the end."""
    while True:
        due, piece = await flight.get()
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        if not piece:
            with contextlib.suppress(OSError):  # who has gone already needs no farewell
                sink.write_eof()
            return
        sink.write(piece)
        await sink.drain()


@contextlib.asynccontextmanager
async def slow_link(target: int, *, break_after: int | None = None) -> AsyncIterator[Link]:
    """A link to the box's port, on a port of its own, until the end of the block."""
    link = Link(target, break_after)
    server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
    link.port = server.sockets[0].getsockname()[1]
    try:
        yield link
    finally:
        server.close()
        await link.close()
