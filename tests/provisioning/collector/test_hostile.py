"""A box that the organizer lists and that means ill: it harms itself alone."""

from __future__ import annotations

import json
import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audit import audit
from provisioning.collector import books, exports, metrics
from provisioning.collector.known import Known
from tests.provisioning.collecting import BOX, CHAIN, DROP, OTHER, claim, sold, standing, take, verdicts
from tests.provisioning.ledgers import Ledger

KNOWN = Known(CHAIN, {}, ())
MOST = 2**53 - 1


def test_sums_beyond_every_integer(db: sqlite3.Connection) -> None:
    """Sales and refunds that no integer of SQLite adds up: they are taken, and every page and file is still made."""
    ledger = Ledger(OTHER)
    for number in range(1, 1100):
        ledger.sell(DROP, None, None, claim(number), amount=MOST, tip=MOST)
        ledger.add("refund", sale="5:1", amount=MOST, reason="rain", by=None)
    assert set(verdicts(take(db, ledger.batch()))) == {"accepted"}
    take(db, sold(Ledger(BOX), 1).batch())
    assert [(row.count, row.amount) for row in books.rows(db, BOX.public.id)] == [(1, 800)]
    assert [cell.paid for cell in books.cells(db) if cell.box == BOX.public.id] == [800]
    assert books.rows(db)
    assert books.refunds(db)
    assert metrics.metrics(db)
    assert len(list(exports.sales_csv(db, KNOWN))) == 1101
    assert json.loads("".join(exports.everything_json(db, KNOWN)))["sales"]


def test_a_second_sale_that_says_it_ends_the_first(db: sqlite3.Connection) -> None:
    """A number and a token that one box sells twice are cases, whatever the second sale calls the first."""
    token = {"issuer": "ab" * 8, "cti": "cd" * 12, "sha256": "ef" * 32}
    ledger = Ledger(BOX)
    for owed in (None, "5:1"):
        ledger.sell(DROP, 1, None, claim(1), method="token", tier="fresh", token=token, owed=owed)
    assert verdicts(take(db, ledger.batch())) == ["accepted", "accepted", "conflict"]
    assert {kind for kind, _ in standing(db)} == {"number", "token"}


@given(st.lists(st.binary(max_size=300) | st.text(max_size=100).map(str.encode), max_size=5))
def test_any_bytes_as_leaves(leaves: list[bytes]) -> None:
    """Whatever a box has signed has a verdict: an entry, or the reason why it is none, in text that can be kept."""
    facts = list(audit(BOX.public.id, 5, 0, leaves))
    assert [fact.leaf for fact in facts] == leaves
    for fact in facts:
        assert (fact.entry is None) == (fact.fault is not None)
        (fact.fault or "").encode()


def test_leaves_that_no_reader_takes(db: sqlite3.Connection) -> None:
    """Too long, too deep, of another box, with half a character, empty: each is rejected alone and the rest stands."""
    ledger = sold(Ledger(BOX), 1)
    strange = [
        b"",
        b" " * 20_000,
        b"[" * 5000,
        b'{"type":"\\ud800"}',
        b'{"a":1,"a":1}',
        b"\xff",
        b"\x00",
        b'{"type":"sale","number":1e400}',
        Ledger(OTHER).leaves[0],
        ledger.leaves[1],
        ledger.leaves[1].replace(b'"seq":1', b'"seq":12').replace(b":800", b": 800"),
    ]
    for leaf in strange:
        ledger.put(leaf)
    taken = take(db, sold(ledger, 2).batch())
    assert verdicts(taken) == ["accepted"] * 2 + ["rejected"] * len(strange) + ["accepted"]
    assert taken.checkpoint is not None
    assert all(each["reason"] for each in taken.verdicts if each["verdict"] == "rejected")
