"""What it takes to say that the box lives: its ledger answers, and so does the shop, to a request like a phone's.

A disk that refuses is an answer: the screen says so, and a restart would make no room. A ledger that somebody holds,
or that does not come back at all, is none.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from appliance.errors import StoreError
from appliance.store.refusal import is_blocked

Address = tuple[str, int]
PATIENCE_S = 10.0
_SERVED = (b"200", b"503")  # a ledger that refuses is told by 503


async def ledger_answers(prove: Callable[[], Awaitable[object]]) -> bool:
    """Whether `prove` comes back, if with a refusal of the disk; False where the ledger is held by somebody else."""
    try:
        await prove()
    except StoreError as refused:
        return not is_blocked(refused)
    return True


async def answers_itself(shop: Address, patience_s: float = PATIENCE_S) -> bool:
    """Whether `/healthz` at this address is served within so many seconds, over a connection of its own."""
    host = f"[{shop[0]}]" if ":" in shop[0] else shop[0]
    with contextlib.suppress(OSError):  # TimeoutError is one: either way nobody was served
        async with asyncio.timeout(patience_s):
            reader, writer = await asyncio.open_connection(*shop)
            try:
                writer.write(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                return (await reader.readline())[9:12] in _SERVED
            finally:
                writer.close()
    return False


def reachable(bound: tuple[str, int] | tuple[str, int, int, int]) -> Address:
    """The address by which this machine reaches a listener that is bound to `bound`, as getsockname(2) tells it."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bound[0], bound[0]), bound[1]  # noqa: S104  # compared, not bound
