"""Sync over the network: a real box and a real collector, and all that can go wrong between them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.board import Board
from appliance.core.commands import SyncNow
from appliance.core.sale import Order
from appliance.core.scene import SyncDoing
from appliance.errors import StallboxError
from appliance.services.sync import Syncer
from tests.collecting import Desk, collecting
from tests.organizer import Organizer
from tests.stall.till import Till, opened


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with collecting(tmp_path / "collector", Organizer(tmp_path)) as made:
        yield made


def syncer(till: Till, **options: object) -> Syncer:
    return Syncer(till.stall, Board(), till.folder / "box", **options)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def selling(folder: Path, address: str, copies: int = 3) -> AsyncIterator[Till]:
    """A box that has sold, and sends to this address."""
    async with opened(folder, size=200, settings=f'[sync]\nurl = "{address}"\n') as till:
        await till.stall.seller.sell(Order(till.drop.slug, quantity=copies))
        yield till


async def unsynced(till: Till) -> int:
    return (await till.stall.stock.status()).unsynced.count


async def emptied(till: Till) -> None:
    """Tries until nothing waits: what an answer adds to the log itself goes with the next try."""
    line = syncer(till)
    for _ in range(3):
        await line.once()
    assert await unsynced(till) == 0


async def test_everything_arrives(tmp_path: Path, desk: Desk) -> None:
    """The log reaches the collector once, its cosignature empties the outbox, and the scene says so."""
    async with selling(tmp_path, desk.address) as till:
        board = Board()
        Syncer(till.stall, board, till.folder / "box")
        for _ in range(3):
            await board.ask(SyncNow())
        assert await unsynced(till) == 0
        assert board.scene.sync is not None
        assert board.scene.sync.doing is SyncDoing.DONE
        assert desk.numbers() == [1, 2, 3]
        assert len(desk.leaves()) == len(set(desk.leaves())) == till.stall.house.ledger.head.size


async def test_nobody_to_send_to(tmp_path: Path) -> None:
    """A box without a collector says what to do instead, and does nothing by itself."""
    async with opened(tmp_path, size=20) as till:
        with pytest.raises(StallboxError, match="on a stick"):
            await syncer(till).now()
