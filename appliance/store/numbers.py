"""The numbers of a box, one row each: free, sold, burnt, blocked or away. Functions of an open transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping


def take_lowest(db: sqlite3.Connection, drop: str) -> tuple[int, bytes] | None:
    """Marks the lowest free number sold: the number and its certificate; None where none is free."""
    row = db.execute(
        "select number, certificate from numbers indexed by numbers_free"  # else SQLite walks over all that are sold
        " where drop_id = ? and state = 'free' order by number limit 1",
        (drop,),
    ).fetchone()
    if row is None:
        return None
    db.execute("update numbers set state = 'sold' where drop_id = ? and number = ?", (drop, row[0]))
    return row[0], row[1]


def mark_sold(db: sqlite3.Connection, drop: str, number: int, line: bytes) -> None:
    """A number that a ledger says was sold, with its certificate, whatever was known of it."""
    db.execute(
        "insert into numbers (drop_id, number, state, certificate) values (?, ?, 'sold', ?)"
        " on conflict do update set state = 'sold' where state not in ('sold', 'burnt')",
        (drop, number, line),
    )


def give_back(db: sqlite3.Connection, drop: str, number: int, opened: bool) -> None:
    """After a void: burnt if the claim was opened; else free, or blocked where a block covers the number."""
    state = "burnt" if opened else "free"
    db.execute("update numbers set state = ? where drop_id = ? and number = ?", (state, drop, number))
    _apply_blocks(db, drop)


def certificate(db: sqlite3.Connection, drop: str, number: int) -> bytes | None:
    """The certificate held for a number."""
    row = db.execute("select certificate from numbers where drop_id = ? and number = ?", (drop, number)).fetchone()
    return row[0] if row else None


def add(db: sqlite3.Connection, drop: str, certificates: Iterable[tuple[int, bytes]]) -> None:
    """Takes in numbers that are not held yet: free, or blocked where a block covers them."""
    db.executemany(
        "insert into numbers (drop_id, number, state, certificate) values (?, ?, 'free', ?) on conflict do nothing",
        ((drop, number, line) for number, line in certificates),
    )
    _apply_blocks(db, drop)


def allot(db: sqlite3.Connection, drop: str, mine: frozenset[int], stated: Mapping[int, int]) -> None:
    """Makes unsold numbers outside the allotment `away`, and those that came back free again.

    `stated`: how often the epochs say that this box released a number. One that the ledger released stays away
    until an epoch has said so once more than at the release, and gives it again (FORMATS §2.3).
    """
    rows = db.execute("select number, state, releases from numbers where drop_id = ?", (drop,)).fetchall()
    gone = [number for number, state, _ in rows if state in {"free", "blocked"} and number not in mine]
    back = [
        number
        for number, state, releases in rows
        if state == "away" and number in mine and stated.get(number, 0) >= releases
    ]
    for state, moved in (("away", gone), ("free", back)):
        db.executemany(
            "update numbers set state = ? where drop_id = ? and number = ?", ((state, drop, n) for n in moved)
        )
    _apply_blocks(db, drop)


def release(db: sqlite3.Connection, drop: str, given: Iterable[int], stated: Mapping[int, int]) -> list[int]:
    """Gives free numbers up; those that are not free, and so are not. `stated`: as for `allot`, up to now.

    An epoch may have stated a release that this ledger lost, so the ledger's own count would not do.
    """
    held = []
    for number in given:
        row = db.execute(
            "update numbers set state = 'away', releases = ? where drop_id = ? and number = ? and state = 'free'",
            (stated.get(number, 0) + 1, drop, number),
        )
        if not row.rowcount:
            held.append(number)
    return held


def releases(db: sqlite3.Connection, drop: str) -> dict[int, int]:
    """The statements by epochs that the releases in this ledger account for, by number; without those of 0."""
    return dict(db.execute("select number, releases from numbers where drop_id = ? and releases > 0", (drop,)))


def block(db: sqlite3.Connection, drop: str, first: int, last: int) -> None:
    """Keeps free numbers, also those that come later, from being sold until the stall owner decides."""
    db.execute("insert into blocks (drop_id, first, last) values (?, ?, ?)", (drop, first, last))
    _apply_blocks(db, drop)


def _apply_blocks(db: sqlite3.Connection, drop: str) -> None:
    db.execute(
        "update numbers set state = 'blocked' where drop_id = :drop and state = 'free' and exists ("
        " select 1 from blocks where drop_id = :drop and not discarded and number between first and last)",
        {"drop": drop},
    )


def discard_blocks(db: sqlite3.Connection) -> int:
    """The stall owner says that blocked numbers were not sold: how many are free again."""
    db.execute("update blocks set discarded = 1")
    return db.execute("update numbers set state = 'free' where state = 'blocked'").rowcount


def has_free(db: sqlite3.Connection, drop: str, copies: int) -> bool:
    """Whether so many numbers are free; looks at no more of them."""
    row = db.execute(
        "select count(*) from"
        " (select 1 from numbers indexed by numbers_free where drop_id = ? and state = 'free' limit ?)",
        (drop, copies),
    ).fetchone()
    return bool(row[0] == copies)


def count(db: sqlite3.Connection, drop: str) -> dict[str, int]:
    """How many numbers are in each state."""
    return dict(db.execute("select state, count(*) from numbers where drop_id = ? group by state", (drop,)))


def highest_sold(db: sqlite3.Connection) -> dict[str, int]:
    """The highest number ever sold, by drop id."""
    return dict(db.execute("select drop_id, max(number) from sales where number is not null group by drop_id"))
