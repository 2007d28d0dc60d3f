"""What is added up beforehand is what adding up says, whatever came first."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest

from provisioning.collector import books, database
from provisioning.collector.books import Used
from tests.provisioning.collector.events import FIRST, Event
from tests.provisioning.ledgers import Ledger

_ADDED_UP = (
    "select lo / 3600 * 3600, box, drop_id, price, method, currency, count(*), sum(amount - discount + tip)"
    " from standing group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6"
)


def batches(event: Event) -> list[bytes]:
    """Voids before and after their sales, one of them twice; two histories that make one sale void."""
    first, forked = Ledger(FIRST), Ledger(FIRST, 7)
    event.sell(first, event.lights, range(1, 9))
    for sale, returned in (("5:1", True), ("5:2", False), ("5:2", False)):
        first.add("void", sale=sale, reason="wrong tap", returned=returned, by=1)
    event.sell(first, event.lights, [1], price="print", amount=2500)
    event.sell(forked, event.lights, [20, 21])
    other = Ledger(FIRST, 7)
    event.sell(other, event.lights, [22], tip=50)
    other.add("void", sale="7:1", reason="wrong tap", returned=True, by=1)
    return [*first.batches(*range(1, 12)), *forked.batches(1, 2), *other.batches(1, 2)]


@pytest.mark.parametrize("seed", range(6))
def test_sums_follow_the_sales(tmp_path: Path, seed: int) -> None:
    """In any order; the hours' cells add up to the sales that stand, and copies to what became of them."""
    event = Event(tmp_path)
    pieces = batches(event)
    random.Random(seed).shuffle(pieces)
    event.take(*pieces)
    with contextlib.closing(database.connect(event.place.database)) as db:
        cells = [(c.hour, c.box, c.drop, c.price, c.method, c.currency, c.count, c.paid) for c in books.cells(db)]
        assert cells == db.execute(_ADDED_UP).fetchall()
        assert sum(cell[-2] for cell in cells) == 8
        # 3 to 8 and the print of 1 stand, 21 as well; 2 is burnt, 20 and 22 came back unopened
        assert books.used(db) == {(FIRST.public.id, event.lights.id): Used(sold=8, numbers=8, burnt=1)}
