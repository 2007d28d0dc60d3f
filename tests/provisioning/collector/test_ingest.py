"""What the collector makes of batches: each entry once, whatever the order, and never a word for a fork."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core import tlog
from appliance.errors import PaperError, RequestError
from provisioning.collector import database, exports
from provisioning.collector.cosigner import Cosigner
from provisioning.collector.ingest import ingest
from provisioning.collector.known import Known
from tests.depth import depth
from tests.organizer import NOW, key
from tests.provisioning.collecting import BOX, CHAIN, COSIGNER, DROP, NOTE, OTHER, claim, sold, take, verdicts
from tests.provisioning.ledgers import Ledger


def test_a_whole_log_is_cosigned(db: sqlite3.Connection) -> None:
    """Every entry is accepted, and the checkpoint comes back with the cosigner's line."""
    taken = take(db, sold(Ledger(BOX), 1, 2, 3).batch())
    assert verdicts(taken) == ["accepted"] * 4
    assert taken.checkpoint is not None
    assert tlog.read_checkpoint(taken.checkpoint, BOX.public.raw).size == 4
    assert tlog.verify_cosignature(taken.checkpoint, NOTE, COSIGNER.public.raw) == NOW


def test_a_gap_is_named_and_closed(db: sqlite3.Connection) -> None:
    """A batch above a gap is kept; nothing above the gap is acknowledged until it is closed."""
    first, middle, last = sold(Ledger(BOX), *range(1, 10)).batches(4, 7)
    assert take(db, first).missing == []
    above = take(db, last)
    assert above.missing == [[4, 6]]
    assert above.checkpoint is not None
    assert tlog.read_checkpoint(above.checkpoint, BOX.public.raw).size == 4
    closed = take(db, middle)
    assert closed.missing == []
    assert closed.checkpoint is not None
    assert tlog.read_checkpoint(closed.checkpoint, BOX.public.raw).size == 10


def test_a_repeat_answers_the_same_verdicts_and_the_present_checkpoint(db: sqlite3.Connection) -> None:
    """What was told of a batch is told again; the acknowledgement is today's."""
    ledger = sold(Ledger(BOX), 1)
    data = ledger.batch()
    first = take(db, data)
    take(db, sold(ledger, 2).batch())
    again = take(db, data)
    assert again.is_repeat
    assert again.verdicts == first.verdicts
    assert again.checkpoint is not None
    assert tlog.read_checkpoint(again.checkpoint, BOX.public.raw).size == 3


def test_one_number_sold_by_two_boxes_is_a_case(db: sqlite3.Connection) -> None:
    """Both sales are kept, the second is told of the case, and both logs are cosigned all the same."""
    take(db, sold(Ledger(BOX), 1, 2).batch())
    taken = take(db, sold(Ledger(OTHER), 2, 3).batch())
    assert verdicts(taken) == ["accepted", "conflict", "accepted"]
    assert taken.checkpoint is not None
    assert db.execute("select kind, name, stands from cases").fetchall() == [("number", f"{DROP}:2", 1)]


def test_a_number_that_came_back_is_no_case(db: sqlite3.Connection) -> None:
    """Sold, given back unopened and sold again is one sale, in whatever order the batches come."""
    ledger = Ledger(BOX)
    first = ledger.sell(DROP, 1, None, claim(1))
    ledger.add("void", sale=first.reference, reason="wrong tap", returned=True, by=1)
    ledger.sell(DROP, 1, None, claim(2))
    for data in reversed(ledger.batches(2, 3)):
        take(db, data)
    assert db.execute("select count(*) from cases where stands").fetchone() == (0,)


def test_an_owed_entry_and_its_own_sale_are_one(db: sqlite3.Connection) -> None:
    """A token that waited for its copy is spent once; on another box it is spent twice."""
    token = {"issuer": "ab" * 8, "cti": "cd" * 12, "sha256": "ef" * 32}
    paid = {"method": "token", "tier": "fresh", "token": token}
    ledger = Ledger(BOX)
    owed = ledger.add("owed", token=token, drop=DROP, price="download", amount=800, currency="EUR")
    ledger.sell(DROP, 1, None, claim(1), owed=owed.reference, **paid)
    assert verdicts(take(db, ledger.batch())) == ["accepted"] * 3
    other = Ledger(OTHER)
    other.sell(DROP, 2, None, claim(2), **paid)
    assert verdicts(take(db, other.batch())) == ["accepted", "conflict"]


def test_a_fork_is_kept_and_never_cosigned(db: sqlite3.Connection) -> None:
    """Two leaves with one seq: a case against the box, both kept, no checkpoint, not then and not later."""
    left, right = sold(Ledger(BOX), 1, 2), sold(Ledger(BOX), 1, 3)
    take(db, left.batch())
    forked = take(db, right.batch())
    assert verdicts(forked) == ["conflict"] * 3
    assert {verdict["reason"] for verdict in forked.verdicts} == {"forked"}
    assert forked.checkpoint is None
    assert take(db, sold(left, 4).batch()).checkpoint is None
    assert db.execute("select count(*) from entries where seq = 2").fetchone() == (2,)
    assert take(db, sold(Ledger(OTHER), 9).batch()).checkpoint is not None


def test_a_fork_that_only_checkpoints_show(db: sqlite3.Connection) -> None:
    """Batches that meet at one size with two roots are a fork though no entry stands twice."""
    take(db, sold(Ledger(BOX), 1, 2).batches(2)[0])
    assert take(db, sold(Ledger(BOX), 7, 8).batches(2)[1]).checkpoint is None


def test_a_signed_leaf_that_is_no_entry_is_rejected_alone(db: sqlite3.Connection) -> None:
    """It is kept under the tree, and the others stand."""
    ledger = sold(Ledger(BOX), 1)
    ledger.put(b'{"spec": 1}')
    taken = take(db, sold(ledger, 2).batch())
    assert verdicts(taken) == ["accepted", "accepted", "rejected", "accepted"]
    assert taken.checkpoint is not None


def test_bytes_that_do_not_verify_store_nothing(db: sqlite3.Connection) -> None:
    """A flipped byte, a foreign box, a used key: refused, and the tables stay empty."""
    data = sold(Ledger(BOX), 1).batch()
    with pytest.raises(PaperError):
        take(db, data[:-3] + b"xx\n")
    with pytest.raises(PaperError, match="ever listed"):
        take(db, sold(Ledger(key("stranger")), 1).batch())
    with pytest.raises(RequestError) as reused:
        ingest(db, data, '"another"', CHAIN, Cosigner(COSIGNER, NOTE).cosign, NOW)
    assert reused.value.code == "key-reused"
    assert db.execute("select count(*) from logs").fetchone() == (0,)


# --- any order -------------------------------------------------------------------------------------------------

_TABLES = (
    "select box, incarnation, seq, hash, leaf, type, fault from entries order by 1, 2, 3, 4",
    "select box, incarnation, size, root from checkpoints order by 1, 2, 3, 4",
    "select * from takings order by 1, 2, 3, 4, 5, 6",
    "select * from sales order by 1, 2, 3, 4",
    "select * from owed order by 1, 2, 3, 4",
    "select * from undone order by 1, 2, 3, 4, 5",
    "select id, kind, name from cases where stands order by 1",
    "select box, incarnation, forked from logs order by 1, 2",
)


KNOWN = Known(CHAIN, {}, ())


def state(db: sqlite3.Connection) -> list[Any]:
    """The exports, and the tables behind them."""
    exported = ["".join(exports.sales_csv(db, KNOWN)), "".join(exports.everything_json(db, KNOWN))]
    return [*exported, *(db.execute(query).fetchall() for query in _TABLES)]


def take_or_crash(db: sqlite3.Connection, data: bytes, after: int) -> None:
    """The transaction is cut after so many statements."""
    left = after

    def count(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            db.interrupt()

    db.set_trace_callback(count)
    try:
        take(db, data)
    except sqlite3.OperationalError:
        pass
    finally:
        db.set_trace_callback(None)
        if db.in_transaction:
            db.execute("rollback")


def _ledgers() -> list[Ledger]:
    mine, other = Ledger(BOX), Ledger(OTHER)
    for number in range(1, 6):
        sale = mine.sell(DROP, number, None, claim(number))
        if number == 2:
            mine.add("void", sale=sale.reference, reason="wrong tap", returned=True, by=1)
            mine.sell(DROP, 2, None, claim(20))
        if number == 3:
            mine.add("refund", sale=sale.reference, amount=800, reason="torn print", by=1)
    for number in (5, 6, 7):
        other.sell(DROP, number, None, claim(100 + number))
    return [mine, other]


@settings(max_examples=depth(25, 300))
@given(st.data(), st.booleans())
def test_any_way_of_sending_ends_in_one_state(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, fork: bool
) -> None:
    """Split, overlapped, repeated, shuffled, with crashes between: the same tables."""
    ledgers = _ledgers()
    if fork:
        ledgers.append(sold(Ledger(BOX), 1, 8))
    plain = [ledger.batch() for ledger in ledgers]
    pieces: list[bytes] = []
    for ledger in ledgers:
        cuts = data.draw(st.lists(st.integers(1, len(ledger.leaves) - 1), max_size=3))
        first = data.draw(st.integers(0, len(ledger.leaves) - 1))
        pieces += [*ledger.batches(*cuts), ledger.batch(first), ledger.batch()]
    order: Sequence[bytes] = data.draw(st.permutations(pieces))
    crashes = data.draw(st.lists(st.integers(0, 40), max_size=len(order)))
    with (
        contextlib.closing(database.connect(tmp_path_factory.mktemp("one") / "a.db")) as straight,
        contextlib.closing(database.connect(tmp_path_factory.mktemp("two") / "b.db")) as crooked,
    ):
        for each in [*plain, *pieces]:
            take(straight, each)
        for each, after in zip(order, crashes, strict=False):
            take_or_crash(crooked, each, after)
        for each in [*order, *plain]:
            take(crooked, each)
        assert state(straight) == state(crooked)
