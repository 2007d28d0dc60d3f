"""What the collector makes of batches: each entry once, whatever the order, and never a word for a fork."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core import batch, tlog
from appliance.core.attachments import Attachment, Form
from appliance.errors import PaperError, RequestError
from provisioning.collector import database, exports
from provisioning.collector.cosigner import Cosigner
from provisioning.collector.ingest import ingest
from provisioning.collector.known import Known
from tests.depth import depth
from tests.organizer import NOW, key
from tests.provisioning.collecting import BOX, CHAIN, COSIGNER, DROP, NOTE, OTHER, claim, sold, standing, take, verdicts
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
    "select * from takings order by 1, 2, 3, 4, 5, 6",
    "select * from sales order by 1, 2, 3, 4",
    "select * from owed order by 1, 2, 3, 4",
    "select * from undone order by 1, 2, 3, 4, 5, 6",
    "select * from sums where count order by 1, 2, 3, 4, 5, 6",
    "select * from attachments order by 1, 2, 3, 4, 5",
    "select id, kind, name from cases where stands order by 1",
    "select box, incarnation, size, forked from logs order by 1, 2",
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


SEALED, COSE = b"sealed" * 40, b"a token's bytes"
TOKEN: dict[str, object] = {"issuer": "ab" * 8, "cti": "cd" * 12, "sha256": hashlib.sha256(COSE).hexdigest()}
BY_TOKEN: dict[str, object] = {"method": "token", "tier": "fresh", "token": TOKEN}
ATTACHED = {
    3: [Attachment(3, Form.TOKEN, COSE).line(), Attachment(3, Form.TOKEN, b"another").line()],
    9: [Attachment(9, Form.SEALED, SEALED).line(), Attachment(3, Form.TOKEN, COSE).line()],
}
"""By the entry that a batch ends with: what belongs, and what does not; some of it for an entry before."""


def busy() -> Ledger:
    """A day with everything in it."""
    ledger = sold(Ledger(BOX), 1, 2)
    owed = ledger.add("owed", token=TOKEN, drop=DROP, price="download", amount=800, currency="EUR")
    ledger.sell(DROP, 3, None, claim(3), owed=owed.reference, **BY_TOKEN)
    ledger.add("void", sale="5:2", reason="wrong tap", returned=True, by=1)
    ledger.sell(DROP, 2, None, claim(20), method="card", payment_ref="R-1")
    ledger.add("opened", sale="5:1")
    ledger.put(b'{"spec":1}')
    ledger.add("contact", sale="5:1", sha256=hashlib.sha256(SEALED).hexdigest())
    ledger.add("refund", sale="5:1", amount=800, reason="torn print", by=None)
    ledger.sell(DROP, None, None, claim(21), method="free", amount=0)
    ledger.add("refused", reason="spent", token=TOKEN)
    return ledger


def neighbour() -> Ledger:
    """A second box that sells one number and spends one token of the first."""
    ledger = Ledger(OTHER)
    ledger.sell(DROP, 7, None, claim(107), **BY_TOKEN)
    return sold(ledger, 1, 6)


def restarted(before: Ledger) -> Ledger:
    """The first box after its restart; it undoes a sale of before."""
    ledger = Ledger(BOX, 6, previous=before.checkpoint(), reason="restored")
    ledger.add("void", sale="5:6", reason="wrong tap", returned=True, by=None)
    return sold(ledger, 2, 8)


Pieces = list[bytes]


def split(draw: st.DrawFn | Any, ledger: Ledger) -> Pieces:
    """The whole ledger, in pieces that overlap; some bring what is attached."""
    size = len(ledger.leaves)
    cuts = draw(st.lists(st.integers(1, size - 1), max_size=3))
    spans = [*itertools.pairwise([0, *sorted({*cuts}), size]), (draw(st.integers(0, size - 1)), size)]
    return [ledger.batch(first, end) for first, end in spans]


def attached(ledger: Ledger) -> Pieces:
    """The same attachments in every way of sending; of these entries, and before and after they are there."""
    return [batch.attach(ledger.batch(seq, seq + 1), lines) for seq, lines in ATTACHED.items()]


FORKS: tuple[Callable[[], Pieces], ...] = (
    list,
    lambda: [sold(Ledger(BOX), 1, 8).batch()],  # another leaf in one place
    lambda: [_voided(True).batch(), _voided(False).batch()],  # two voids of one sale, in one place
    lambda: [_same_leaves_on(sold(Ledger(BOX), 9), busy().leaves[2:5]).batch(2)],  # roots alone
    lambda: [
        Ledger(BOX, 7, previous=sold(Ledger(BOX), 9).checkpoint()).batch()
    ],  # a restart that tells of another past
)


def _voided(returned: bool) -> Ledger:
    ledger = sold(Ledger(BOX), 1, 2)
    ledger.add("void", sale="5:2", reason="wrong tap", returned=returned, by=1)
    return ledger


def _same_leaves_on(ledger: Ledger, leaves: Sequence[bytes]) -> Ledger:
    for leaf in leaves:
        ledger.put(leaf)
    return ledger


@settings(max_examples=depth(40, 600))
@given(st.data(), st.sampled_from(FORKS))
def test_any_way_of_sending_ends_in_one_state(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, fork: Callable[[], Pieces]
) -> None:
    """Split, overlapped, repeated, shuffled, with crashes between: the same tables, the same bytes exported.

    Two ways of sending cut the ledgers in places of their own. Not so where a box has forked: then what it was caught
    with is evidence, and is the same on both ways.
    """
    mine = busy()
    ledgers = [mine, neighbour(), restarted(mine)]
    sure = [*attached(mine), *fork()]
    straight = [*sure, *(piece for ledger in ledgers for piece in split(data.draw, ledger))]
    crooked = straight
    if fork is list:
        crooked = [*sure, *(piece for ledger in ledgers for piece in split(data.draw, ledger))]
    places = st.integers(0, len(crooked) - 1)
    order = data.draw(st.permutations([*range(len(crooked)), *data.draw(st.lists(places, max_size=3))]))
    crooked = [crooked[each] for each in order]
    crashes = data.draw(st.lists(st.integers(0, 60), max_size=len(crooked)))
    with (
        contextlib.closing(database.connect(tmp_path_factory.mktemp("one") / "a.db")) as one,
        contextlib.closing(database.connect(tmp_path_factory.mktemp("two") / "b.db")) as two,
    ):
        for each in straight:
            take(one, each)
        for each, after in zip(crooked, crashes, strict=False):
            take_or_crash(two, each, after)
        for each in crooked:
            take(two, each)
        assert state(one) == state(two)
        assert {kind for kind, _ in standing(one)} == {"number", "token"} | ({"fork"} if fork is not list else set())
