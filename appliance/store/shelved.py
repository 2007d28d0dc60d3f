"""What the ledger's tables know of the shelf: lengths, CRCs, quarantine, covers. Functions of an open transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from appliance.store.shelf import Shelved


def note(db: sqlite3.Connection, files: Iterable[Shelved]) -> None:
    """These files are on the shelf and whole."""
    db.executemany(
        "insert into shelf (sha256, length, crc32) values (?, ?, ?)"
        " on conflict (sha256) do update set quarantined = 0, length = excluded.length, crc32 = excluded.crc32",
        ((file.sha256, file.length, file.crc32) for file in files),
    )


def quarantine(db: sqlite3.Connection, digest: str) -> None:
    db.execute("update shelf set quarantined = 1 where sha256 = ?", (digest,))


def note_cover(db: sqlite3.Connection, source: str, large: str, small: str) -> None:
    """The digests of the two pictures made from a creator's file."""
    db.execute("insert or replace into covers (source, large, small) values (?, ?, ?)", (source, large, small))
