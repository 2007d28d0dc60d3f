"""Orders that wait for a card payment in the reader's own app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.sale import Method, Order
from appliance.errors import RequestError
from appliance.weblib.idempotency import key_of
from tests.organizer import DAY
from tests.stall.till import Till, opened

KEY = "k" * 22


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


def order(till: Till) -> Order:
    return Order(till.drop.slug, method=Method.CARD)


async def test_sold_once(till: Till) -> None:
    """An order waits until it is finished; finished twice it is one sale, with or without the receipt number."""
    await till.stall.cards.begin(order(till), KEY, by=None)
    assert [kept.key for kept in await till.stall.cards.waiting()] == [KEY]
    first = await till.stall.cards.finish(KEY, "R-1")
    assert await till.stall.cards.finish(KEY, None) == first
    assert await till.stall.cards.waiting() == []
    assert len(await till.log("sale")) == 1


async def test_an_old_order_is_not_sold_again(till: Till) -> None:
    """When the answer to an order may be forgotten, the order was forgotten before: a late tap sells nothing."""
    await till.stall.cards.begin(order(till), KEY, by=None)
    await till.stall.cards.finish(KEY, None)
    till.hardware.pass_time(8 * DAY)
    await till.stall.seller.sell(Order(till.drop.slug), key=key_of("another", "POST", "/", b""))
    assert await till.stall.cards.waiting() == []
    with pytest.raises(RequestError) as refusal:
        await till.stall.cards.finish(KEY, None)
    assert refusal.value.code == "not-found"
    assert len(await till.log("sale")) == 2
