"""Tells systemd that the box is ready, and that it still lives: sd_notify(3) over a datagram socket.

Knows nothing of what living means; that is `proof`'s.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable

_log = logging.getLogger(__name__)
_DEFAULT_PERIOD_S = 15.0
_AGAIN_S = 1.0


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


async def beat(lives: Callable[[], Awaitable[bool]]) -> None:
    """Says that the box lives each time `lives` answers so, and is silent while it does not; what it raises is raised.

    A box that did not live is asked again after a second: there is time for that before systemd ends it.
    """
    while True:
        if await lives():
            notify("WATCHDOG=1")
            await asyncio.sleep(period_s())
        else:
            _log.warning("The box does not answer itself: systemd will start it again if that lasts.")
            await asyncio.sleep(min(_AGAIN_S, period_s()))
