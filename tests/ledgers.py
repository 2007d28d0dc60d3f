"""What ledger.db holds, read beside the box's own code as far as that is possible: SQL and the definition of a tree."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from appliance.core import entries
from appliance.core.entries import Entry


def incarnations(ledger: Path) -> list[int]:
    """Every incarnation, oldest first."""
    return [row[0] for row in ask(ledger, "select incarnation from incarnations order by ordinal")]


def leaves(ledger: Path, incarnation: int) -> list[bytes]:
    """The leaves of one incarnation; AssertionError where `seq` has a gap."""
    rows = ask(ledger, "select seq, leaf from entries where incarnation = ? order by seq", incarnation)
    assert [row[0] for row in rows] == list(range(len(rows)))
    return [row[1] for row in rows]


def log(ledger: Path, incarnation: int | None = None) -> list[Entry]:
    """The entries of one incarnation, the newest where none is named."""
    if incarnation is None:
        incarnation = incarnations(ledger)[-1]
    return [entries.read(leaf) for leaf in leaves(ledger, incarnation)]


def ask(ledger: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as db:
        return db.execute(query, values).fetchall()


def root(of: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, as it is defined there."""
    if len(of) <= 1:
        return hashlib.sha256(b"".join(b"\x00" + leaf for leaf in of)).digest()
    split = 1 << (len(of) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(of[:split]) + root(of[split:])).digest()
