"""What the collector holds against entries of this box: cases, and incarnations that it found forked.

Functions of an open transaction; nothing is judged here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

Case = tuple[int, str | None, str | None]
"""Seq of an entry, the reason, and the case's name at the collector's."""


def note(db: sqlite3.Connection, incarnation: int, cases: Iterable[Case]) -> None:
    """Notes cases of entries that are here; of one entry the newest word counts."""
    db.executemany(
        "insert into cases select incarnation, seq, ?3, ?4 from entries where incarnation = ?1 and seq = ?2"
        " on conflict do update set reason = excluded.reason, name = excluded.name",
        [(incarnation, *case) for case in cases],
    )


def fork(db: sqlite3.Connection, incarnation: int, name: str | None) -> bool:
    """Notes that the collector holds two histories of an incarnation that is here; whether that is news."""
    found = db.execute(
        "insert into forks select incarnation, ? from incarnations where incarnation = ? on conflict do nothing",
        (name, incarnation),
    )
    return found.rowcount == 1


def is_forked(db: sqlite3.Connection, incarnation: int) -> bool:
    return db.execute("select 1 from forks where incarnation = ?", (incarnation,)).fetchone() is not None
