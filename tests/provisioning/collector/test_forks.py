"""A box that shows two histories of one incarnation is found out, by whatever it shows and in whatever order."""

from __future__ import annotations

import itertools
import sqlite3

import pytest

from appliance.core import tlog
from provisioning.collector import evidence, growth
from tests.provisioning.collecting import BOX, NOTE, OTHER, claim, sold, standing, take, verdicts
from tests.provisioning.ledgers import Ledger

LOG = (BOX.public.id, 5)
FORK = ("fork", f"{BOX.public.id}:5")


def test_two_roots_of_one_size_beyond_a_gap(db: sqlite3.Connection) -> None:
    """Two signed checkpoints that cannot both be true are proof before a single leaf below them is held."""
    left, right = sold(Ledger(BOX), 1, 2, 3, 4), sold(Ledger(BOX), 1, 9, 3, 4)
    take(db, left.batch(4))
    assert take(db, right.batch(3, 4)).checkpoint is None
    assert standing(db) == [FORK]


def test_two_leaves_in_one_place_beyond_a_gap(db: sqlite3.Connection) -> None:
    """Two leaves with one seq are a fork at once, although no two checkpoints of one size have come."""
    left, right = sold(Ledger(BOX), 1, 2, 3, 4), sold(Ledger(BOX), 1, 9, 8, 4)
    take(db, left.batch(2, 4))
    assert verdicts(take(db, right.batch(3))) == ["conflict", "conflict"]
    assert standing(db) == [FORK]


def test_branches_that_meet_later(db: sqlite3.Connection) -> None:
    """A piece above a gap that belongs to another history shows once the gap closes."""
    left, right = sold(Ledger(BOX), 1, 2, 3, 4), sold(Ledger(BOX), 1, 9, 3, 4)
    assert verdicts(take(db, right.batch(4))) == ["accepted"]
    assert standing(db) == []
    closing = take(db, left.batch(0, 4))
    assert (closing.checkpoint, standing(db)) == (None, [FORK])
    assert {each["reason"] for each in closing.verdicts} == {"forked"}


def test_an_old_checkpoint_below_what_is_held(db: sqlite3.Connection) -> None:
    """A batch that begins below the head, from a history that differs there, is a fork though all its leaves agree."""
    ledger = sold(Ledger(BOX), *range(1, 2100))
    take(db, ledger.batch())
    other = Ledger(BOX)
    for leaf in sold(Ledger(BOX), 77, *range(2, 2110)).leaves[1:]:
        other.put(leaf)
    assert take(db, other.batch(1500, 2000)).checkpoint is None
    assert standing(db) == [FORK]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_fork_is_seen_in_every_order(db: sqlite3.Connection, order: tuple[int, ...]) -> None:
    """Three pieces of two histories: whichever comes last, the log is forked and stays so."""
    left, right = sold(Ledger(BOX), 1, 2, 3), sold(Ledger(BOX), 9, 2, 3)
    pieces = [left.batch(0, 3), left.batch(3), right.batch(2)]
    taken = [take(db, pieces[each]) for each in order]
    assert standing(db) == [FORK]
    assert taken[-1].checkpoint is None
    assert take(db, left.batch()).checkpoint is None
    assert evidence.receipt(db, LOG, 1) is None  # a proof under one history would say too much


def test_an_honest_log_is_no_fork_whatever_is_shown_of_it(db: sqlite3.Connection) -> None:
    """Checkpoints at every size, above gaps and below the head, agree with one another."""
    ledger = sold(Ledger(BOX), *range(1, 12))
    for first, end in [(9, 12), (3, 5), (4, 10), (0, 1), (1, 7), (2, 3), (0, 12)]:
        take(db, ledger.batch(first, end))
    assert standing(db) == []
    assert growth.gaps(db, LOG) == []


def test_lines_that_others_add_to_a_checkpoint(db: sqlite3.Connection) -> None:
    """Anybody who carries a batch can add signature lines; the acknowledgement holds the box's line and ours alone."""
    data = sold(Ledger(BOX), 1).batch()
    stuffed = data.replace(b'","old"', b'\\u2014 a-stranger AAAAAAAA\\n","old"', 1)
    assert stuffed != data
    taken = take(db, stuffed)
    assert taken.checkpoint is not None
    assert "stranger" not in taken.checkpoint
    assert tlog.read_checkpoint(taken.checkpoint, BOX.public.raw).size == 2
    assert taken.checkpoint.count("\n— ") == 2
    assert NOTE in taken.checkpoint


# --- what a restart says of the incarnation before it ---------------------------------------------------------


def test_a_new_incarnation_is_cosigned(db: sqlite3.Connection) -> None:
    """A box that begins anew from where the collector knows it is acknowledged in both incarnations."""
    before = sold(Ledger(BOX), 1, 2)
    take(db, before.batch())
    after = sold(Ledger(BOX, 6, previous=before.checkpoint(2), reason="restored"), 3)
    assert take(db, after.batch()).checkpoint is not None
    assert take(db, sold(before, 4).batch()).checkpoint is not None
    assert standing(db) == []


@pytest.mark.parametrize("is_restart_first", [False, True])
def test_a_restart_that_contradicts_what_was_cosigned(db: sqlite3.Connection, is_restart_first: bool) -> None:
    """It shows another past, signed: the case is against the earlier incarnation, and the new one is cosigned."""
    before, other_past = sold(Ledger(BOX), 1, 2, 3), sold(Ledger(BOX), 1, 9)
    after = sold(Ledger(BOX, 6, previous=other_past.checkpoint(), reason="adopted"), 4)
    for ledger in (after, before) if is_restart_first else (before, after):
        taken = take(db, ledger.batch())
    assert standing(db) == [FORK]
    assert take(db, sold(after, 5).batch()).checkpoint is not None
    assert take(db, sold(before, 6).batch()).checkpoint is None
    assert (taken.checkpoint is None) is is_restart_first


def test_what_a_lost_log_lacks_is_known(db: sqlite3.Connection) -> None:
    """The restart says how far the earlier log went: its end is a known gap, which the box is not asked for."""
    before = sold(Ledger(BOX), 1, 2, 3)
    take(db, before.batch(0, 2))
    take(db, Ledger(BOX, 6, previous=before.checkpoint(), reason="restored").batch())
    assert growth.known_gaps(db, LOG) == [[2, 3]]
    assert take(db, before.batch(1, 2)).missing == []


@pytest.mark.parametrize("previous", ["no checkpoint\n", sold(Ledger(OTHER), 1).checkpoint()])
def test_a_previous_that_proves_nothing(db: sqlite3.Connection, previous: str) -> None:
    """What this box has not signed says nothing about any log, and hinders nobody."""
    assert take(db, Ledger(BOX, 6, previous=previous, reason="restored").batch()).checkpoint is not None
    assert db.execute("select count(*) from logs").fetchone() == (1,)


def test_voids_of_two_branches_are_both_kept(db: sqlite3.Connection) -> None:
    """Two entries in one place that undo one sale: what is held does not depend on which came first."""
    branches = []
    for returned in (True, False):
        ledger = Ledger(BOX)
        sale = ledger.sell("00" * 8, 1, None, claim(1))
        ledger.add("void", sale=sale.reference, reason="wrong tap", returned=returned, by=1)
        branches.append(ledger.batch())
    for data in branches:
        take(db, data)
    assert db.execute("select returned from undone order by 1").fetchall() == [(0,), (1,)]
