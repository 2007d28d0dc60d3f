"""Reads the whole shelf again and again at idle priority, so that a card that rots is noticed before a buyer does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

_PAUSE_S = 2.0  # after each file
_ROUND_S = 6 * 3600.0  # after each round


async def scrub(files: Callable[[], Iterable[str]], check: Callable[[str], Awaitable[bool]]) -> None:
    """Checks every digest that `files` names, round after round; `check` puts a bad one in quarantine."""
    while True:
        for digest in sorted(files()):
            await asyncio.sleep(_PAUSE_S)
            await check(digest)
        await asyncio.sleep(_ROUND_S)
