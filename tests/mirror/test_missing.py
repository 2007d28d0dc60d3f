"""The stick is missing: what waits for it, what does not, and how it comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.core.sale import Order
from appliance.core.scene import MirrorState
from appliance.errors import StallboxError
from appliance.weblib.idempotency import Key
from tests import ledgers
from tests.mirror.spare import Mirrored, mirrored, mirroring_of, sell
from tests.stall.till import reopened

KEY = Key("order-1", b"\0" * 32)


def held(box: Mirrored) -> list[bytes]:
    """The leaves on the stick."""
    number = box.till.stall.house.ledger.incarnation
    return (box.stick / "STALLBOX" / "MIRROR" / f"{number}.ndjson").read_bytes().split(b"\n")[:-1]


def recorded(box: Mirrored) -> list[bytes]:
    """The leaves in the ledger."""
    return ledgers.leaves(box.till.folder / "box" / "ledger.db", box.till.stall.house.ledger.incarnation)


def state(box: Mirrored) -> MirrorState | None:
    return box.mirroring.state.state if box.mirroring.state else None


async def notice(box: Mirrored) -> None:
    """The box looks after the stick, as it does every two seconds."""
    await box.mirroring.look_after(())


async def test_sync_has_what_was_told(tmp_path: Path) -> None:
    """Whoever was told of a sale finds its entry on the stick."""
    async with mirrored(tmp_path) as box:
        await asyncio.gather(*(box.sell() for _ in range(5)))
        assert held(box) == recorded(box)
        assert state(box) is MirrorState.KEPT


async def test_sync_without_stick(tmp_path: Path) -> None:
    """Nothing is recorded while the stick is missing; the sale goes on once it is back."""
    async with mirrored(tmp_path) as box:
        box.pull()
        await notice(box)
        before = recorded(box)
        refusal = await box.refusal()
        assert (refusal.code, refusal.status_hint) == ("not-ready", 409)
        assert recorded(box) == before
        assert state(box) is MirrorState.MISSING
        await box.put_back()
        await box.sell()
        assert held(box) == recorded(box)


async def test_pulled_in_the_middle(tmp_path: Path) -> None:
    """A sale that is recorded, and not on the stick, is not told; its key tells it once the stick is back."""
    async with mirrored(tmp_path) as box:
        box.pull()
        order = Order("harbour-lights")
        for _ in range(2):
            with pytest.raises(StallboxError) as refused:
                await box.till.stall.seller.sell(order, key=KEY)
            assert refused.value.code == "not-ready"
        assert sum(b'"type":"sale"' in leaf for leaf in recorded(box)) == 1
        await box.put_back()
        (sold,) = await box.till.stall.seller.sell(order, key=KEY)
        assert sold.number == 1
        assert sum(b'"type":"sale"' in leaf for leaf in held(box)) == 1


async def test_buyers_are_served(tmp_path: Path) -> None:
    """A buyer who has paid gets the files though the stick is missing."""
    async with mirrored(tmp_path) as box:
        sold = await box.sell()
        box.pull()
        await notice(box)
        claim = await box.till.stall.claims.find(sold.claim, "10.42.0.9")
        assert (await box.till.stall.deliveries.file(claim, "01-pier.jpg")).segments


async def test_go_on(tmp_path: Path) -> None:
    """The stall owner goes on without, also after a restart, until the stick is back and has everything."""
    async with mirrored(tmp_path) as box:
        box.pull()
        await notice(box)
        await box.mirroring.go_on()
        await box.sell()
        assert state(box) is MirrorState.WITHOUT
        till = box.till
    async with reopened(till) as again:
        await sell(again.stall)
        box.stick.with_name("pulled").rename(box.stick)
        await mirroring_of(again.stall).look_after(())
        found = Mirrored(again, box.stick)
        assert held(found) == recorded(found)
        found.pull()
        await notice(found)
        assert (await found.refusal()).code == "not-ready"


async def test_lazy(tmp_path: Path) -> None:
    """Without `sync` no sale waits: the stick is brought up when it is there."""
    async with mirrored(tmp_path, is_sync=False) as box:
        await box.sell()
        assert state(box) is MirrorState.BEHIND
        await notice(box)
        assert held(box) == recorded(box)
        box.pull()
        await notice(box)
        await box.sell()
        await box.put_back()
        assert held(box) == recorded(box)
