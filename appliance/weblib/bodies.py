"""Bodies that somebody else sends, read no further than they may be long."""

from __future__ import annotations

from aiohttp import StreamReader


async def read_at_most(stream: StreamReader, most: int) -> bytes:
    """The whole body; of one that is longer than `most` its first `most + 1` bytes."""
    data = bytearray()
    while len(data) <= most and (piece := await stream.read(most + 1 - len(data))):
        data += piece
    return bytes(data)
