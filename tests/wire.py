"""A line between two programs on this machine that a test cuts, and counts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable


class Wire:
    """Passes on what comes to `address`; each connection is cut after as many bytes, of both ways, as `room` says."""

    def __init__(self, port: int, room: Callable[[], int | None] = lambda: None) -> None:
        self.connections = 0
        self.address = ""
        self._port = port
        self._room = room
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator[Wire]:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        left = self._room()
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        count = [left]
        ways = [asyncio.create_task(_pass(*way, count)) for way in ((reader, back), (there, writer))]
        self._tasks.update(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
            self._tasks.discard(way)
        for end in (writer, back):
            end.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int | None]) -> None:
    """Until one end closes, or there is no room left."""
    while data := await reader.read(512 if left[0] is not None else 65536):
        if left[0] is not None:
            data, left[0] = data[: left[0]], left[0] - len(data)
        writer.write(data)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        if left[0] is not None and left[0] <= 0:
            return
