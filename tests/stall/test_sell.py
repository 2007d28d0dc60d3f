"""Selling: the lowest number, every copy its own, and a sentence for every refusal."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core import certificate
from appliance.core.claim import claim_hash
from appliance.core.documents import format_time
from appliance.core.sale import Method, Order
from appliance.errors import RequestError, SaleError, StallboxError
from appliance.weblib.idempotency import Key, key_of
from tests import ledgers
from tests.organizer import DAY, NOW, Organizer, key
from tests.stall.counter import Clock, Counter, open_counter

PRICES = [
    {"id": "download", "title": "Download", "amount": 800, "hand_over": None, "stock": None},
    {"id": "print", "title": "With signed print", "amount": 2500, "hand_over": "the print", "stock": 2},
    {"id": "gift", "title": "For friends", "amount": 0, "hand_over": None, "stock": None},
]


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5, prices=PRICES)) as made:
        yield made


async def refused(counter: Counter, slug: str = "harbour-lights", **order: object) -> StallboxError:
    with pytest.raises(StallboxError) as refusal:
        await counter.sell(slug, **order)
    return refusal.value


async def test_numbers(counter: Counter) -> None:
    """Copies get the lowest free numbers, until the sentence says that none is left."""
    assert [(await counter.sell()).number for _ in range(5)] == [1, 2, 3, 4, 5]
    error = await refused(counter)
    assert (error.code, error.status_hint) == ("sold-out", 409)
    assert error.detail == "“Harbour Lights” is sold out on this box: all 5 numbers are gone."


async def test_entry(counter: Counter) -> None:
    """The entry says what was sold, and its certificate is the creator's for that very number."""
    sold = await counter.sell(price="print", method=Method.CARD, payment_ref="R-17")
    (fields,) = counter.log("sale")
    line = await counter.stall.house.reader.certificate(sold.drop, 1)
    assert line is not None
    assert certificate.read(line).copy.number == 1
    assert fields == {
        "group": sold.group,
        "drop": sold.drop,
        "version": 1,
        "price": "print",
        "number": 1,
        "certificate": hashlib.sha256(line).hexdigest(),
        "amount": 2500,
        "discount": 0,
        "discount_reason": None,
        "tip": 0,
        "currency": "EUR",
        "method": "card",
        "tier": None,
        "marked": False,
        "token": None,
        "owed": None,
        "claim": claim_hash(sold.claim),
        "payment_ref": "R-17",
    }
    assert (sold.hand_over, sold.paid, sold.of) == ("the print", 2500, 5)
    assert sold.ends == NOW + 7200
    assert sold.url == f"HTTP://10.42.0.1/C/{sold.claim}"


async def test_quantity(counter: Counter) -> None:
    """Copies of one order share a group and nothing else; discount and tip are spread, the first takes the rest."""
    order = Order("harbour-lights", quantity=3, discount=100, discount_reason=" friend ", tip=50)
    sold = await counter.stall.seller.sell(order)
    assert [copy.number for copy in sold] == [1, 2, 3]
    assert len({copy.group for copy in sold}) == 1
    assert len({copy.claim for copy in sold}) == len({copy.pickup for copy in sold}) == 3
    entries = counter.log("sale")
    assert [(entry["discount"], entry["tip"]) for entry in entries] == [(34, 17), (33, 17), (33, 16)]
    assert {entry["discount_reason"] for entry in entries} == {"friend"}
    assert sum(copy.paid for copy in sold) == 3 * 800 - 100 + 50


async def test_all_or_none(counter: Counter) -> None:
    """An order that cannot be filled whole sells nothing, and hears how many copies are left."""
    await counter.sell()
    before = counter.stall.house.ledger.head
    refusal = await refused(counter, quantity=5)
    assert (refusal.code, refusal.detail) == ("sold-out", "“Harbour Lights”: only 4 left on this box.")
    assert counter.stall.house.ledger.head == before
    assert len(await counter.stall.seller.sell(Order("harbour-lights", quantity=4))) == 4


async def test_free(counter: Counter) -> None:
    """What costs nothing is entered as free, also where the discount took all."""
    await counter.sell(price="gift")
    await counter.sell(discount=800, discount_reason="birthday", method=Method.CARD)
    assert [entry["method"] for entry in counter.log("sale")] == ["free", "free"]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"quantity": 0}, "1 to 50"),
        ({"quantity": 51}, "1 to 50"),
        ({"method": Method.TOKEN}, "cash or by card"),
        ({"discount": -1, "discount_reason": "x"}, "below zero"),
        ({"tip": -1}, "below zero"),
        ({"discount": 1}, "needs a reason"),
        ({"discount": 1, "discount_reason": "   "}, "needs a reason"),
        ({"discount": 1, "discount_reason": "x" * 201}, "200 characters"),
        ({"discount_reason": "none given"}, "needs a reason"),
        ({"discount": 801, "discount_reason": "x"}, "larger than the price"),
        ({"payment_ref": "r 17"}, "receipt number"),
        ({"payment_ref": "R" * 41}, "40 at most"),
    ],
)
async def test_orders_without_sense(counter: Counter, order: dict[str, object], said: str) -> None:
    """An order that makes no sense is refused with what is wrong with it."""
    error = await refused(counter, **order)  # type: ignore[arg-type]  # as in `sell`
    assert isinstance(error, RequestError)
    assert error.code == "bad-request"
    assert said in error.detail
    assert counter.log("sale") == []


async def test_unknown(counter: Counter) -> None:
    """Unknown drops and price options are named together with those that exist."""
    drop, price = await refused(counter, "zine"), await refused(counter, price="poster")
    assert (drop.code, drop.status_hint) == ("unknown-drop", 404)
    assert "it has harbour-lights" in drop.detail
    assert price.code == "unknown-price"
    assert "download, print, gift" in price.detail


async def test_price_stock(counter: Counter) -> None:
    """A price option with its own stock ends with it; the drop's other options go on, and a void gives one back."""
    first = await counter.sell(price="print")
    await counter.sell(price="print")
    error = await refused(counter, price="print")
    assert error.code == "sold-out"
    assert "0 left here. Offer another price option" in error.detail
    assert (await counter.sell()).number == 3
    await counter.stall.undo.void(first.sale, "changed their mind", by=None)
    assert (await counter.sell(price="print")).number == 1
    assert (await refused(counter, price="print", quantity=2)).code == "sold-out"


async def test_not_allotted(tmp_path: Path) -> None:
    """A box that never had a number of a drop says that, and not that it is sold out."""
    organizer = Organizer(tmp_path)
    drop = organizer.drop(size=5)
    elsewhere = [{"box": key("other box").public.id, "ranges": [[1, 5]]}]
    bundle = drop.bundle(tmp_path, allotments=[drop.allotment(boxes=elsewhere)], certificates=b"")
    async with open_counter(tmp_path, bundle) as counter:
        assert (await refused(counter)).code == "not-allotted"


@pytest.mark.parametrize(
    ("begin", "end", "lo", "hi", "code"),
    [
        (0, None, 0, 0, None),
        (100, None, 0, 99, "window-not-open"),
        (100, None, 0, 100, "not-ready"),
        (100, None, 0, None, "not-ready"),
        (100, None, 100, None, None),
        (None, 100, 0, 99, None),
        (None, 100, 0, 100, "not-ready"),
        (None, 100, 0, None, "not-ready"),
        (None, 100, 100, None, "window-closed"),
        (0, 100, 0, 50, None),
    ],
)
async def test_window(
    tmp_path: Path, begin: int | None, end: int | None, lo: int, hi: int | None, code: str | None
) -> None:
    """The sale window is judged by the clock's interval: open, not yet, over, or asked about."""
    times = [None if each is None else format_time(NOW + each) for each in (begin, end)]
    bundle = Organizer(tmp_path).bundle(sale={"from": times[0], "until": times[1]})
    async with open_counter(tmp_path, bundle) as counter:
        counter.clock.lo, counter.clock.hi = NOW + lo, None if hi is None else NOW + hi
        if code is None:
            assert (await counter.sell()).number == 1
        else:
            assert (await refused(counter)).code == code


async def test_confirmed_window(tmp_path: Path) -> None:
    """An uncertain window is asked about once: the answer is an entry, and holds for this boot."""
    bundle = Organizer(tmp_path).bundle(sale={"from": None, "until": format_time(NOW + DAY)})
    clock = Clock()
    clock.lose_time()
    async with open_counter(tmp_path, bundle, clock=clock) as counter:
        assert "Confirm on the console" in (await refused(counter)).detail
        await asyncio.gather(*(counter.stall.questions.confirm_window(by=3) for _ in range(2)))
        await counter.sell()
        await counter.sell()
        assert counter.log("override") == [
            {"what": "window", "sale": None, "token": None, "answer": "open", "by": 3},
        ]
        clock.lo = NOW + DAY
        assert (await refused(counter)).code == "window-closed", "what is certain is not a matter of opinion"
    clock.lo = NOW
    async with open_counter(tmp_path, clock=clock) as counter:
        await counter.sell()
    clock.reboot(2)
    async with open_counter(tmp_path, clock=clock) as counter:
        assert (await refused(counter)).code == "not-ready"


async def test_expired_papers(tmp_path: Path) -> None:
    """A manifest that has expired stops sales for cash and card."""
    bundle = Organizer(tmp_path).bundle(expires=format_time(NOW + 60))
    async with open_counter(tmp_path, bundle) as counter:
        await counter.sell()
        counter.clock.wait(60)
        error = await refused(counter)
        assert error.code == "papers-expired"
        assert "ask the creator for a newer bundle" in error.detail


async def test_open_edition(tmp_path: Path) -> None:
    """A copy of an open edition has no number; the box signs its certificate, which names the very entry."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=None)) as counter:
        first, second = await counter.sell(), await counter.sell()
        assert (first.number, first.of) == (None, None)
        for sold, entry in zip((first, second), counter.log("sale"), strict=True):
            papers = await counter.stall.deliveries.papers(await counter.claim(sold))
            line = papers["certificate.json"]
            found = certificate.read(line)
            assert found.issuer == key("box").public
            assert found.copy.urn.endswith(f"{sold.drop}:{key('box').public.id}:{sold.sale}")
            assert entry["certificate"] == hashlib.sha256(line).hexdigest()
            assert entry["number"] is None


def request(text: str, body: bytes = b"1") -> Key:
    return key_of(text, "POST", "/api/v1/sales", body)


async def test_repeated(counter: Counter) -> None:
    """The same key with the same request gets the same answer, sells once, and another request under it is refused."""
    order = Order("harbour-lights", quantity=2)
    first = await counter.stall.seller.sell(order, key=request("a"))
    assert await counter.stall.seller.sell(order, key=request("a")) == first
    assert len(counter.log("sale")) == 2
    with pytest.raises(RequestError) as refusal:
        await counter.stall.seller.sell(order, key=request("a", b"2"))
    assert refusal.value.code == "key-reused"


async def test_repeated_at_once(counter: Counter) -> None:
    """Twenty repetitions at once get one answer."""
    order = Order("harbour-lights")
    sold = await asyncio.gather(*(counter.stall.seller.sell(order, key=request("a")) for _ in range(20)))
    assert len({copy.number for (copy,) in sold}) == 1
    assert len(counter.log("sale")) == 1


async def test_repeated_after_the_end(counter: Counter) -> None:
    """A repetition gets its answer although the drop is sold out by now; a refusal is not kept."""
    order = Order("harbour-lights", quantity=5)
    sold = await counter.stall.seller.sell(order, key=request("a"))
    assert await counter.stall.seller.sell(order, key=request("a")) == sold
    with pytest.raises(SaleError):
        await counter.stall.seller.sell(Order("harbour-lights"), key=request("b"))
    await counter.stall.undo.void(sold[0].sale, "mistake", by=None)
    (again,) = await counter.stall.seller.sell(Order("harbour-lights"), key=request("b"))
    assert again.number == 1


async def test_many_sellers(tmp_path: Path) -> None:
    """A hundred orders at once for sixty numbers: each number once, forty refusals, no gap."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=60)) as counter:
        found = await asyncio.gather(*(counter.sell() for _ in range(100)), return_exceptions=True)
        numbers = [copy.number for copy in found if not isinstance(copy, BaseException)]
        assert sorted(number or 0 for number in numbers) == list(range(1, 61))
        assert {getattr(error, "code", None) for error in found if isinstance(error, BaseException)} == {"sold-out"}
        assert len(ledgers.log(counter.data / "ledger.db")) == counter.stall.house.ledger.head.size
