"""The close of the day: sums of one transaction, each thing once, and every entry reads strictly again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.sale import Method, Order
from appliance.errors import RequestError
from tests.stall.till import Till, opened


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path, size=20) as made:
        yield made


async def totals(till: Till) -> dict[str, object]:
    return dict((await till.stall.close.close()).totals)


async def test_rows(till: Till) -> None:
    """By drop, option, method, tier and currency; voided sales are not in, and discount and tip are told apart."""
    sell, slug = till.stall.seller.sell, till.drop.slug
    await sell(Order(slug, quantity=2))
    await sell(Order(slug, method=Method.CARD, tip=50))
    await sell(Order(slug, discount=300, discount_reason="rain"))
    await sell(Order(slug, discount=800, discount_reason="a present"))
    await till.redeem(await till.fresh(amount=900))
    await till.redeem(till.token())
    [mistake] = await sell(Order(slug, "print"))
    await till.stall.undo.void(mistake.sale, "a mistake", by=1)
    rows = (await totals(till))["rows"]
    assert isinstance(rows, list)
    found = {(row["method"], row["tier"]): (row["count"], row["amount"], row["discount"], row["tip"]) for row in rows}
    assert found == {
        ("cash", None): (3, 2400, 300, 0),
        ("card", None): (1, 800, 0, 50),
        ("free", None): (1, 800, 800, 0),
        ("token", "fresh"): (1, 800, 0, 100),
        ("token", "boxed"): (1, 800, 0, 0),
    }
    assert {(row["drop"], row["price"], row["currency"]) for row in rows} == {(till.drop.id, "download", "EUR")}


async def test_voids_refunds_and_phones(till: Till) -> None:
    """Voids are counted, refunds summed by currency, and both by the paired phone that made them."""
    undo = till.stall.undo
    sales = [sold.sale for sold in await till.stall.seller.sell(Order(till.drop.slug, quantity=3))]
    await undo.void(sales[0], "a mistake", by=1)
    await undo.refund(sales[1], 300, "torn", by=1, pin=None)
    await undo.refund(sales[2], 200, "torn", by=None, pin=None)
    closed = await till.stall.close.close()
    assert (closed.totals["voids"], closed.totals["refunds"]) == (1, [{"currency": "EUR", "count": 2, "amount": 500}])
    assert [(by.phone, by.voids, by.refunds) for by in closed.by_phone] == [(None, 0, 1), (1, 1, 1)]


async def test_the_next_day(till: Till) -> None:
    """A close counts from the one before, which it names; what came between is counted once."""
    await till.stall.seller.sell(Order(till.drop.slug))
    first = await till.stall.close.close()
    await till.stall.seller.sell(Order(till.drop.slug))
    second = await till.stall.close.close()
    third = await till.stall.close.close()
    assert [day.totals["from"] for day in (first, second, third)] == [None, first.entry, second.entry]
    assert [len(day.totals["rows"]) for day in (first, second, third)] == [1, 1, 0]  # type: ignore[arg-type]


async def test_refused_is_counted_once(till: Till) -> None:
    """Refusals by code; two closes at once count each refusal once and none below zero."""
    for text in ("A", "B", till.token(amount=1)):
        await till.refusal(text)
    both = await asyncio.gather(till.stall.close.close(), till.stall.close.close())
    counted = [day.totals["refused"] for day in both]
    assert sorted(counted, key=str) == [{"malformed": 2, "wrong-price": 1}, {}]
    assert (await totals(till))["refused"] == {}
    assert len(await till.log("close")) == 3


async def test_owed_and_unsynced(till: Till) -> None:
    """What is owed is said as long as it is owed, and how many entries nobody has acknowledged."""
    await till.redeem(till.token(price="print", amount=2500))
    assert await till.code(till.token(price="print", amount=2500)) == "owed"
    found = await totals(till)
    assert (found["owed"], found["refused"]) == (1, {})
    assert found["unsynced"] == till.stall.house.ledger.head.size - 1
    assert (await totals(till))["owed"] == 1


async def test_looking_closes_nothing(till: Till) -> None:
    """A look gives the same sums and no entry; the refusals stay for the close."""
    await till.refusal("A")
    look = await till.stall.close.look()
    assert look.entry is None
    assert await till.log("close") == []
    assert look.totals["refused"] == (await totals(till))["refused"] == {"malformed": 1}


async def test_read_again(till: Till) -> None:
    """A close of before is found by its reference, with the same totals."""
    await till.stall.seller.sell(Order(till.drop.slug))
    closed = await till.stall.close.close()
    assert closed.entry is not None
    assert (await till.stall.close.find(closed.entry)).totals == closed.totals
    for reference in ("1:1", "x", f"{closed.entry}1"):
        with pytest.raises(RequestError):
            await till.stall.close.find(reference)


async def test_more_rows_than_one_entry_holds(tmp_path: Path) -> None:
    """A day of many drops and options closes, too: the rows go on in a second entry that follows the first."""
    prices = [{"id": f"p{n}", "title": "P", "amount": 100, "hand_over": None, "stock": None} for n in range(12)]
    async with opened(tmp_path, size=None, prices=prices) as till:
        slugs = [till.drop.slug, *[await _another(till, n, prices) for n in range(4)]]
        orders = [
            Order(slug, str(price["id"]), method=method)
            for slug in slugs
            for price in prices
            for method in (Method.CASH, Method.CARD)
        ]
        await asyncio.gather(*(till.stall.seller.sell(order) for order in orders))
        closed = await till.stall.close.close()
        first, second = await till.log("close")
        rows = [*first.fields["totals"]["rows"], *second.fields["totals"]["rows"]]
        assert closed.entry == first.reference == second.fields["totals"]["from"]
        assert rows == closed.totals["rows"]
        assert len(rows) == len(orders) == 120
        assert (await totals(till))["from"] == second.reference


async def _another(till: Till, n: int, prices: list[dict[str, object]]) -> str:
    drop = till.organizer.drop(f"drop-{n}", None, {"a.jpg": b"another"}, prices=prices)
    await till.stall.papers.ingest(drop.bundle(till.folder / "more"))
    return drop.slug


async def test_closed_until_the_next_sale(till: Till) -> None:
    """After a close the stall is closed, also where the same close is asked for again, until something is sold."""
    close = till.stall.close
    assert not await close.is_closed()
    await till.stall.seller.sell(Order(till.drop.slug))
    assert not await close.is_closed()
    await close.close()
    assert await close.is_closed()
    await till.redeem(till.token())
    assert not await close.is_closed()
    await close.close()
    assert await close.is_closed()
