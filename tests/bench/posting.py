"""POSTs of JSON over connections that are kept, by asyncio's streams alone: cheap beside what the box does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


def request(path: str, fields: dict[str, str]) -> bytes:
    """A whole request."""
    body = json.dumps(fields).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


@dataclass(frozen=True, slots=True)
class Line:
    """A connection to a box."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def post(self, request: bytes) -> None:
        """Until the whole answer is there; RuntimeError for any but 200."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        body = await self.reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
        if b" 200 " not in head.splitlines()[0]:
            raise RuntimeError(body.decode())


@asynccontextmanager
async def connected(port: int, count: int) -> AsyncIterator[list[Line]]:
    """So many connections."""
    lines = [Line(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]
    try:
        yield lines
    finally:
        for line in lines:
            line.writer.close()
