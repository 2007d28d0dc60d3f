"""The stall under attack: four numbers of one drop, a true clock, an honest reader and whoever signs besides it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stall.till import Till, opened


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made
