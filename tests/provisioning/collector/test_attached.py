"""Attachments: kept where they belong, refused alone where not, whichever comes first."""

from __future__ import annotations

import hashlib
import itertools
import sqlite3

import pytest

from appliance.core import batch
from appliance.core.attachments import Attachment, Form
from tests.provisioning.collecting import BOX, sold, take, verdicts
from tests.provisioning.ledgers import Ledger

SEALED = b"sealed" * 50


def kept(db: sqlite3.Connection) -> list[tuple[int, bytes]]:
    return db.execute("select seq, data from attachments order by seq, digest").fetchall()


def agreed() -> Ledger:
    """Entry 2 holds the digest of a sealed address."""
    ledger = sold(Ledger(BOX), 1)
    ledger.add("contact", sale="5:1", sha256=hashlib.sha256(SEALED).hexdigest())
    return sold(ledger, 2)


def line(seq: int, data: bytes) -> bytes:
    return Attachment(seq, Form.SEALED, data).line()


RIGHT, WRONG, OF_A_SALE, AHEAD = line(2, SEALED), line(2, b"another"), line(1, SEALED), line(999, SEALED)


def test_what_belongs_is_kept_and_the_rest_is_refused_alone(db: sqlite3.Connection) -> None:
    """A mismatch, a line that is none, one for an entry without address, one for no entry yet: the right one stays."""
    junk = [WRONG, OF_A_SALE, AHEAD, b"{", b"", b'{"seq":2,"sealed":"A"}', b'{"seq":2,"token":"0"}', RIGHT]
    taken = take(db, batch.attach(agreed().batch(), junk))
    assert verdicts(taken) == ["accepted"] * 4
    assert taken.checkpoint is not None
    assert kept(db) == [(2, SEALED)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_before_their_entry_or_after(db: sqlite3.Connection, order: tuple[int, ...]) -> None:
    """An attachment may come before its entry; one that turns out not to belong is gone then."""
    ledger = agreed()
    pieces = [
        ledger.batch(0, 3),
        batch.attach(ledger.batch(3), [WRONG, OF_A_SALE]),
        batch.attach(ledger.batch(3), [RIGHT]),
    ]
    for each in order:
        take(db, pieces[each])
    assert kept(db) == [(2, SEALED)]


def test_of_a_leaf_that_is_no_entry(db: sqlite3.Connection) -> None:
    """Nothing belongs to what was rejected."""
    ledger = sold(Ledger(BOX), 1)
    ledger.put(b"{}")
    take(db, batch.attach(ledger.batch(), [RIGHT]))
    assert kept(db) == []
