"""What went out of running downloads is kept now and then."""

from __future__ import annotations

import asyncio

import pytest

from appliance.errors import StoreError
from appliance.services.progress import keep_progress


async def test_now_and_then() -> None:
    """It is kept again and again, and a disk that refuses is heard of."""
    kept: list[int] = []

    async def keep() -> None:
        kept.append(1)
        if len(kept) == 3:
            raise StoreError("not-ready", "The disk fails.")

    with pytest.raises(StoreError):
        await asyncio.wait_for(keep_progress(keep, every_s=0.01), 5)
    assert len(kept) == 3
