"""Has what went out of running downloads kept now and then, so that a cut of power forgets little of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

EVERY_S = 60.0


async def keep_progress(keep: Callable[[], Awaitable[None]], every_s: float = EVERY_S) -> None:
    """Until it is cancelled; what `keep` raises is raised."""
    while True:
        await asyncio.sleep(every_s)
        await keep()
