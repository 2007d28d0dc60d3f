"""What a case rests on: the entries themselves, each with a proof that its box has signed it. Only looks.

Whoever reads it can check it without us: a receipt is a C2SP tlog-proof, a fork two checkpoints of one box.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.core.audit import Once, Taking
from appliance.core.settle import doubles
from appliance.core.tlog import proof_text
from provisioning.collector import takings
from provisioning.collector.growth import Place
from provisioning.collector.proofs import inclusion

ANSWERS = {
    "number": ("first-stands", "second-stands", "both-stand", "refund-one"),
    "token": ("first-stands", "second-stands", "both-stand", "refund-one"),
    "fork": ("box-mended", "box-retired", "under-inquiry"),
}
"""What the organizer may say about a case, by its kind."""
MOST = 50
"""Entries and checkpoints of one fork that are shown; a box that was copied may have signed thousands twice."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One entry. `receipt` None: no checkpoint covers it without a gap yet."""

    box: str
    entry: str
    leaf: bytes
    receipt: str | None
    token: bytes | None  # the COSE bytes, where the box has sent them


@dataclass(frozen=True, slots=True)
class Case:
    """`name` says what was given away twice, or which log is forked; `checkpoints` are those of a fork."""

    id: str
    kind: str
    name: str
    stands: bool
    opened: int  # Unix seconds
    answer: str | None
    exhibits: tuple[Exhibit, ...] = ()
    checkpoints: tuple[str, ...] = ()


_CASES = (
    "select id, kind, name, stands, opened, answer from cases where (stands or answer is not null)"
    " and (? is null or id = ?) order by answer is not null, opened, id limit ?"
)


def cases(db: sqlite3.Connection, wanted: str | None = None, *, most: int = -1) -> list[Case]:
    """All that stand or were answered, the open ones first, or the one that is wanted; without evidence."""
    rows = db.execute(_CASES, (wanted, wanted, most))
    return [Case(case, kind, name, bool(stands), opened, said) for case, kind, name, stands, opened, said in rows]


def waiting(db: sqlite3.Connection) -> int:
    """How many cases stand without an answer."""
    (found,) = db.execute("select count(*) from cases where stands and answer is null").fetchone()
    return int(found)


def case(db: sqlite3.Connection, wanted: str) -> Case | None:
    """One, with its evidence."""
    found = next(iter(cases(db, wanted)), None)
    if found is None:
        return None
    exhibits, checkpoints = _of_fork(db, found.name) if found.kind == takings.FORK else (_of_double(db, found), ())
    return replace(found, exhibits=tuple(exhibits), checkpoints=tuple(checkpoints))


def answer(db: sqlite3.Connection, wanted: str, said: str, now: int) -> bool:
    """Notes what the organizer decided; False where there is no such case or no such answer."""
    row = db.execute("select kind from cases where id = ?", (wanted,)).fetchone()
    if row is None or said not in ANSWERS[row[0]]:
        return False
    db.execute("update cases set answer = ?, answered = ? where id = ?", (said, now, wanted))
    return True


def receipt(db: sqlite3.Connection, log: Place, seq: int) -> str | None:
    """The proof of an entry under the largest checkpoint that is held without a gap."""
    row = db.execute(
        "select c.size, c.note from checkpoints c join logs l using (box, incarnation) where box = ?"
        " and incarnation = ? and c.size <= l.size and c.size > ? and not l.forked order by c.size desc limit 1",
        (*log, seq),
    ).fetchone()
    if row is None:
        return None
    size, note = row
    (leaf,) = db.execute(
        "select leaf from entries where box = ? and incarnation = ? and seq = ?", (*log, seq)
    ).fetchone()
    return proof_text(seq, inclusion(db, log, seq, size), note, leaf)


def _of_double(db: sqlite3.Connection, found: Case) -> Sequence[Exhibit]:
    taking = Taking(Once(found.kind), found.name)
    return [
        _exhibit(db, (taker.box, taker.incarnation), taker.seq, taker.hash)
        for taker in doubles(taking.once, takings.takers(db, taking))
    ]


def _of_fork(db: sqlite3.Connection, name: str) -> tuple[Sequence[Exhibit], Sequence[str]]:
    """Entries that stand twice in one place, and the checkpoints that disagree or cover them."""
    box, _, incarnation = name.partition(":")
    log = (box, int(incarnation))
    twice = db.execute(
        "select seq, hash from entries e where box = ? and incarnation = ? and exists (select 1 from entries o"
        " where o.box = e.box and o.incarnation = e.incarnation and o.seq = e.seq and o.hash <> e.hash)"
        " order by seq, hash limit ?",
        (*log, MOST),
    ).fetchall()
    notes = db.execute(
        "select note from checkpoints where box = ? and incarnation = ? order by size, root limit ?",
        (*log, MOST),
    ).fetchall()
    return [_exhibit(db, log, seq, hash_) for seq, hash_ in twice], [note for (note,) in notes]


def _exhibit(db: sqlite3.Connection, log: Place, seq: int, hash_: bytes) -> Exhibit:
    (leaf,) = db.execute(
        "select leaf from entries where box = ? and incarnation = ? and seq = ? and hash = ?", (*log, seq, hash_)
    ).fetchone()
    token = db.execute(
        "select data from attachments where box = ? and incarnation = ? and seq = ? and form = 'token'", (*log, seq)
    ).fetchone()
    return Exhibit(log[0], f"{log[1]}:{seq}", leaf, receipt(db, log, seq), token[0] if token else None)
