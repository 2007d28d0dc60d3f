"""What the stall owner reads: left, sold, burnt, money of the day, what waits, what only they can answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.clock import Quality
from appliance.core.documents import format_time
from appliance.core.sale import Method
from appliance.stall.stock import DAY, Total
from tests.organizer import NOW, Organizer
from tests.stall.counter import Clock, Counter, open_counter
from tests.stall.test_sell import PRICES


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5, prices=PRICES)) as made:
        yield made


async def test_counts(counter: Counter) -> None:
    """Allotted, sold, burnt and left add up; void and opening move numbers between them."""
    sold = [await counter.sell() for _ in range(3)]
    await counter.stall.claims.open(await counter.claim(sold[0]))
    for copy in sold[:2]:
        await counter.stall.undo.void(copy.sale, "x", by=None)
    (drop,) = (await counter.stall.stock.status()).drops
    assert (drop.allotted, drop.sold, drop.burnt, drop.blocked, drop.left) == (5, 1, 1, 0, 3)
    assert not drop.sold_out


async def test_open_edition(tmp_path: Path) -> None:
    """An open edition counts copies; nothing is left or sold out."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=None)) as counter:
        first = await counter.sell()
        await counter.sell()
        await counter.stall.undo.void(first.sale, "x", by=None)
        (drop,) = (await counter.stall.stock.status()).drops
        assert (drop.edition, drop.sold, drop.left, drop.size, drop.sold_out) == ("open", 1, None, None, False)


async def test_head(counter: Counter) -> None:
    """Size and root of the status are those of the ledger; nothing is synced yet."""
    await counter.sell()
    counter.clock.wait(90)
    status, head = await counter.stall.stock.status(), counter.stall.house.ledger.head
    assert (status.incarnation, status.size, status.root) == (head.incarnation, head.size, head.root.hex())
    assert status.unsynced.count == head.size
    assert status.unsynced.oldest_s == 90


async def test_age_of_what_was_written_without_a_clock(tmp_path: Path) -> None:
    """Entries from before the box knew any time, which count seconds since 1970, do not make the log 50 years old."""
    clock = Clock(lo=0, hi=None, quality=Quality.NONE)
    async with open_counter(tmp_path, clock=clock) as counter:
        clock.wait(29)
        await counter.stall.papers.ingest(counter.organizer.bundle())
        clock.lo, clock.quality = NOW, Quality.SIGNED
        assert (await counter.stall.stock.status()).unsynced.oldest_s == 0
        await counter.sell()
        clock.wait(90)
        assert (await counter.stall.stock.status()).unsynced.oldest_s == 90
        assert (await counter.stall.close.look()).oldest_s == 90


async def test_waiting(counter: Counter) -> None:
    """Claims wait on the screen, newest first, until they are opened or two minutes have gone."""
    first, second = await counter.sell(), await counter.sell()
    counter.clock.wait(60)
    third = await counter.sell()
    assert await _waiting(counter) == [third.sale, second.sale, first.sale]
    await counter.stall.claims.open(await counter.claim(second))
    assert await _waiting(counter) == [third.sale, first.sale]
    waiting = (await counter.stall.stock.status()).waiting[1]
    assert (waiting.pickup, waiting.url, waiting.number) == (first.pickup, first.url, 1)
    assert waiting.until_ms == counter.clock.boottime_ms + 60_000
    counter.clock.wait(60)
    assert await _waiting(counter) == [third.sale]


async def _waiting(counter: Counter) -> list[str]:
    return [claim.sale for claim in (await counter.stall.stock.status()).waiting]


async def test_sales(counter: Counter) -> None:
    """The list of sales has the newest first and says what became of each."""
    await counter.sell(price="print", method=Method.CARD, payment_ref="R-1", tip=100)
    second = await counter.sell(discount=300, discount_reason="friend")
    await counter.stall.undo.void(second.sale, "x", by=None)
    counter.clock.wait(7200)
    newest, oldest = await counter.stall.stock.sales()
    assert (newest.sale, newest.paid, newest.discount, newest.is_void, newest.is_burnt) == (
        second.sale,
        500,
        300,
        True,
        False,
    )
    assert (oldest.price_title, oldest.hand_over, oldest.paid, oldest.tip) == (
        "With signed print",
        "the print",
        2600,
        100,
    )
    assert (oldest.payment_ref, oldest.has_ended, oldest.is_opened) == ("R-1", True, False)
    assert len(await counter.stall.stock.sales(limit=1)) == 1


async def test_today(counter: Counter) -> None:
    """The money of the last 24 hours, without what was voided and what is older."""
    await counter.sell()
    counter.clock.wait(DAY + 1)
    await counter.sell(tip=50)
    void = await counter.sell()
    await counter.stall.undo.void(void.sale, "x", by=None)
    assert await counter.stall.stock.today() == (Total("EUR", 1, 850),)


async def test_price_stock(counter: Counter) -> None:
    """What is left of each price option; None where it has no limit of its own."""
    held = counter.stall.catalogue.by_slug("harbour-lights")
    await counter.sell(price="print")
    assert await counter.stall.stock.price_stock(held) == {"download": None, "print": 1, "gift": None}


async def test_questions(tmp_path: Path) -> None:
    """An uncertain window is asked about until the stall owner has answered."""
    bundle = Organizer(tmp_path).bundle(size=5, sale={"from": None, "until": format_time(NOW + DAY)})
    async with open_counter(tmp_path, bundle) as counter:
        counter.clock.lose_time()
        time, question = (await counter.stall.stock.status()).faults
        assert (time.code, question.code) == ("clock", "window")
        assert "“Harbour Lights”" in question.text
        await counter.stall.questions.confirm_window(by=None)
        assert (await counter.stall.stock.status()).faults == ()


async def test_sales_of_a_past_incarnation(tmp_path: Path) -> None:
    """After a restart of history the sales that are known are still listed and can be shown again."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        old = await counter.sell()
    (tmp_path / "data" / "keys" / "second-place").unlink()
    async with open_counter(tmp_path) as counter:
        await counter.stall.questions.discard_blocked(by=None)
        new = await counter.sell()
        assert [line.sale for line in await counter.stall.stock.sales()] == [new.sale, old.sale]
        assert (await counter.stall.claims.show(old.sale)).claim == old.claim
        claim = await counter.claim(old)
        await counter.stall.deliveries.archive(claim)
        assert counter.log("opened") == [{"sale": old.sale}]
