"""How far the collector has acknowledged each incarnation, and what it holds that this ledger does not.

Functions of an open transaction; nothing is verified here.
"""

from __future__ import annotations

import sqlite3


def note(db: sqlite3.Connection, incarnation: int, size: int, checkpoint: str) -> int:
    """Marks the first `size` entries of an incarnation as acknowledged; how many were not before."""
    row = db.execute("select size from acknowledged where incarnation = ?", (incarnation,)).fetchone()
    before = int(row[0]) if row else 0
    if size > before:
        db.execute(
            "insert into acknowledged values (?, ?, ?) on conflict (incarnation) do update"
            " set size = excluded.size, checkpoint = excluded.checkpoint",
            (incarnation, size, checkpoint),
        )
    return max(0, size - before)


def contradict(db: sqlite3.Connection, incarnation: int, checkpoint: str) -> None:
    """Keeps a cosigned checkpoint that the tree of this incarnation does not extend."""
    db.execute("insert or ignore into contradicted values (?, ?)", (incarnation, checkpoint))


def contradiction(db: sqlite3.Connection, incarnation: int) -> str | None:
    """The first checkpoint that was kept by `contradict`."""
    row = db.execute("select checkpoint from contradicted where incarnation = ?", (incarnation,)).fetchone()
    return row[0] if row else None
