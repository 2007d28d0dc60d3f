"""Asks the box's root helper for one of its few acts, over its socket.

Knows the lines that it takes (provisioning/helper/orders.py); what they do, the helper knows.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from appliance.errors import StoreError

SOCKET = Path("/run/stallbox-helper.sock")
_PATIENCE_S = 110.0  # the helper itself gives up after 100
_MAX_ANSWER = 1024


class Helper:
    """The helper behind `socket`. Every call is one connection, and StoreError with a sentence where it fails."""

    def __init__(self, socket: Path = SOCKET) -> None:
        self._socket = socket

    @property
    def is_there(self) -> bool:
        """Whether this machine has one; a box that was not installed has none."""
        return self._socket.is_socket()

    async def mount(self, stick: str, *, is_writable: bool) -> None:
        """Mounts `sda1` anew, to be read or to be written."""
        await self._order(f"mount {stick} {'write' if is_writable else 'read'}")

    async def eject(self, stick: str) -> None:
        """Writes the stick out and unmounts it."""
        await self._order(f"eject {stick}")

    async def power_off(self) -> None:
        await self._order("power-off")

    async def set_clock(self, seconds: int) -> None:
        """Sets the system's clock to these Unix seconds."""
        await self._order(f"set-clock {seconds}")

    async def _order(self, line: str) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                answer = await self._ask(line)
        except (OSError, TimeoutError) as error:
            raise StoreError(
                "not-ready", f"The box's helper does not answer ({error}). Is stallbox installed as a service?"
            ) from error
        if answer != "done":
            raise StoreError("not-ready", answer.removeprefix("refused ") or "The box's helper said nothing.")

    async def _ask(self, line: str) -> str:
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        try:
            writer.write(line.encode() + b"\n")
            await writer.drain()
            return (await reader.read(_MAX_ANSWER)).decode(errors="replace").strip()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
