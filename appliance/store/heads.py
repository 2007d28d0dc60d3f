"""How far each incarnation came: the head that each transaction keeps, and the one that a restart names.

Knows where they are written; what follows from them is judged in `recovery`.
"""

from __future__ import annotations

import sqlite3

from appliance.core import entries
from appliance.core.entries import Entry
from appliance.core.keys import PublicKey
from appliance.core.tlog import read_checkpoint, read_origin
from appliance.errors import PaperError


def keep(db: sqlite3.Connection, incarnation: int, size: int, root: bytes) -> None:
    """Size and root of an incarnation as the open transaction leaves it."""
    db.execute(
        "insert into heads values (?, ?, ?) on conflict (incarnation) do update set size = excluded.size,"
        " root = excluded.root",
        (incarnation, size, root),
    )


def kept(db: sqlite3.Connection, incarnation: int) -> tuple[int, bytes] | None:
    """Size and root at the last commit; None where that was made before heads were kept."""
    row = db.execute("select size, root from heads where incarnation = ?", (incarnation,)).fetchone()
    return (row[0], row[1]) if row else None


def named(restart: Entry, box: PublicKey) -> tuple[int, int, bytes] | None:
    """Incarnation, size and root that a `restart` entry goes on from. PaperError where the box did not sign that."""
    previous = restart.fields["previous"]
    if not isinstance(previous, str):
        return None
    note = read_checkpoint(previous, box.raw)
    return read_origin(note.origin)[1], note.size, note.root


def known(db: sqlite3.Connection, incarnation: int, box: PublicKey) -> list[tuple[int, bytes]]:
    """Sizes and roots of an incarnation that has ended: as its last commit left it, and as later restarts name it.

    None at all where a restart cannot be read: nobody can tell what it went on from, so nothing is vouched for.
    """
    last = kept(db, incarnation)
    found = [last] if last is not None else []
    for (leaf,) in db.execute("select leaf from entries where seq = 0").fetchall():
        try:
            before = named(entries.read(leaf), box)
        except PaperError:
            return []
        if before is not None and before[0] == incarnation:
            found.append(before[1:])
    return found
