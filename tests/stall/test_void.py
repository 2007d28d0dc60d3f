"""Void: the claim ends, and the number comes back only if nobody has seen what was sold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.errors import ClaimError, SaleError, StallboxError
from tests.organizer import Organizer
from tests.stall.counter import PHONE, Counter, open_counter


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as made:
        yield made


async def test_unopened(counter: Counter) -> None:
    """The number of a sale that nobody opened returns to the stock and is sold next; the log says who and why."""
    first = await counter.sell()
    await counter.sell()
    assert await counter.stall.undo.void(first.sale, " wrong button ", by=2) is True
    assert counter.log("void") == [{"sale": first.sale, "reason": "wrong button", "returned": True, "by": 2}]
    again = await counter.sell()
    assert again.number == 1
    assert again.claim != first.claim


async def test_opened(counter: Counter) -> None:
    """The number of an opened claim is burnt: it is not sold again, and the stock says so."""
    sold = await counter.sell()
    await counter.stall.deliveries.paper(await counter.claim(sold), "certificate.json")
    assert await counter.stall.undo.void(sold.sale, "returned the print", by=None) is False
    assert (await counter.sell()).number == 2
    (drop,) = (await counter.stall.stock.status()).drops
    assert (drop.sold, drop.burnt, drop.left) == (1, 1, 3)


async def test_unless_opened(counter: Counter) -> None:
    """Whoever wants no number burnt leaves an opened sale as it is, and hears why."""
    first, second = await counter.sell(), await counter.sell()
    await counter.stall.deliveries.paper(await counter.claim(second), "certificate.json")
    assert await counter.stall.undo.void(first.sale, "button", by=None, is_burning=False) is True
    with pytest.raises(SaleError) as refusal:
        await counter.stall.undo.void(second.sale, "button", by=None, is_burning=False)
    assert refusal.value.code == "already-opened"
    assert len(counter.log("void")) == 1


async def test_claim_ends(counter: Counter) -> None:
    """A voided sale's code and pickup number lead nowhere, and its claim can be neither shown nor topped up."""
    sold = await counter.sell()
    claim = await counter.claim(sold)
    await counter.stall.undo.void(sold.sale, "mistake", by=None)
    with pytest.raises(ClaimError, match="cancelled") as ended:
        await counter.claim(sold)
    assert ended.value.code == "claim-ended"
    with pytest.raises(ClaimError) as wrong:
        await counter.stall.claims.by_pickup(str(sold.pickup), PHONE)
    assert wrong.value.code == "pickup-wrong"
    with pytest.raises(ClaimError, match="cancelled"):
        await counter.stall.deliveries.file(claim, "01-pier.jpg")
    for again in (counter.stall.claims.show, counter.stall.claims.top_up, counter.stall.claims.rotate):
        with pytest.raises(SaleError) as refusal:
            await again(sold.sale)
        assert refusal.value.code == "already-void"
    assert counter.log("opened") == []


@pytest.mark.parametrize(
    ("sale", "reason", "code"),
    [
        ("1:1", "x", "unknown-sale"),
        ("x", "x", "unknown-sale"),
        (None, " ", "bad-request"),
        (None, "x" * 201, "bad-request"),
    ],
)
async def test_refused(counter: Counter, sale: str | None, reason: str, code: str) -> None:
    """An unknown sale and a void without a reason are refused; nothing changes."""
    sold = await counter.sell()
    with pytest.raises(StallboxError) as refusal:
        await counter.stall.undo.void(sale or sold.sale, reason, by=None)
    assert refusal.value.code == code
    assert counter.log("void") == []


async def test_other_entries_are_no_sales(counter: Counter) -> None:
    """A reference to an entry that is no sale is an unknown sale."""
    incarnation = counter.stall.house.ledger.incarnation
    with pytest.raises(SaleError) as refusal:
        await counter.stall.undo.void(f"{incarnation}:0", "x", by=None)
    assert refusal.value.code == "unknown-sale"


async def test_twice(counter: Counter) -> None:
    """A sale is voided once."""
    sold = await counter.sell()
    await counter.stall.undo.void(sold.sale, "mistake", by=None)
    with pytest.raises(SaleError) as refusal:
        await counter.stall.undo.void(sold.sale, "mistake", by=None)
    assert refusal.value.code == "already-void"
    assert len(counter.log("void")) == 1
