"""Tells systemd that the box is ready, and that it still lives: sd_notify(3) over a datagram socket.

The beat goes through the ledger, so that a box whose ledger hangs is restarted and not kept for its loop's sake. One
that the disk refuses answers: it says so on the screen, and a restart would make no room.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable

from appliance.errors import StoreError

_DEFAULT_PERIOD_S = 15.0


def notify(state: str) -> None:
    """Sends `READY=1` and the like; nothing where no service manager listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    with socket.socket(socket.AF_UNIX, kind) as channel, contextlib.suppress(BlockingIOError):
        channel.sendto(state.encode(), address)  # a manager that does not read must not stop the stall


def period_s() -> float:
    """Half of what systemd waits for a beat."""
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000 or _DEFAULT_PERIOD_S


async def beat(prove: Callable[[], Awaitable[object]]) -> None:
    """Says that the box lives each time `prove` has answered, if with StoreError; what else it raises is raised."""
    while True:
        with contextlib.suppress(StoreError):  # the ledger keeps it for the screen, and the next beat tries again
            await prove()
        notify("WATCHDOG=1")
        await asyncio.sleep(period_s())
