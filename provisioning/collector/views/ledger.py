"""A ledger, a hundred entries at a time, as its box has signed them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from appliance.core.audit import audit
from provisioning.collector import words
from provisioning.collector.growth import Place
from provisioning.collector.known import Known

PAGE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """`fault`: why it is no entry although it is signed."""

    seq: int
    type: str | None
    fault: str | None
    time: str | None
    says: str
    has_receipt: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Entries from `first` on. `before` and `after` are where the neighbouring pages begin."""

    box: str
    name: str
    incarnation: int
    size: int  # from 0 to the highest entry that is here
    is_forked: bool
    entries: tuple[Entry, ...]
    first: int
    before: int | None
    after: int | None


def page(db: sqlite3.Connection, known: Known, log: Place, first: int) -> Page | None:
    """The page that begins at entry `first`; None where nothing was heard of that ledger."""
    row = db.execute("select size, forked from logs where box = ? and incarnation = ?", log).fetchone()
    if row is None:
        return None
    (highest,) = db.execute("select max(seq) from entries where box = ? and incarnation = ?", log).fetchone()
    size = 0 if highest is None else highest + 1
    covered = 0 if row[1] else _covered(db, log, row[0])
    found = db.execute(
        "select seq, leaf from entries where box = ? and incarnation = ? and seq >= ? and seq < ? order by seq, hash",
        (*log, first, first + PAGE),
    )
    entries = tuple(_entry(known, log, seq, leaf, covered) for seq, leaf in found)
    before = max(0, first - PAGE) if first else None
    after = first + PAGE if first + PAGE < size else None
    return Page(log[0], known.box_name(log[0]), log[1], size, bool(row[1]), entries, first, before, after)


def _covered(db: sqlite3.Connection, log: Place, held: int) -> int:
    """How many entries the largest checkpoint covers that is held without a gap."""
    (size,) = db.execute(
        "select max(size) from checkpoints where box = ? and incarnation = ? and size <= ?", (*log, held)
    ).fetchone()
    return size or 0


def _entry(known: Known, log: Place, seq: int, leaf: bytes, covered: int) -> Entry:
    [fact] = audit(*log, seq, [leaf])
    if fact.entry is None:
        return Entry(seq, None, fact.fault, None, words.raw_line(leaf), seq < covered)
    says = words.entry_line(known, fact.entry)
    return Entry(seq, fact.entry.type, None, words.stamped(fact.entry.time), says, seq < covered)
