"""What browsers and programs say of themselves, and a client that can misbehave byte by byte."""

from __future__ import annotations

import asyncio

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Accept": "application/json"}


async def raw(address: str, *parts: bytes, pause_s: float = 0.0, patience_s: float = 5.0) -> bytes:
    """Sends the bytes as they are, `pause_s` apart; what the server said until it closed, b"" where it only closed."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)
        return await asyncio.wait_for(reader.read(), patience_s)
    except ConnectionError:
        return b""
    finally:
        writer.close()
