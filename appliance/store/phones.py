"""Paired phones as rows. Functions of an open transaction."""

from __future__ import annotations

import sqlite3


def insert(db: sqlite3.Connection, name: str, secret_hash: str) -> int:
    """Remembers a phone; its number."""
    row = db.execute("insert into phones (name, secret) values (?, ?) returning number", (name, secret_hash))
    return int(row.fetchone()[0])
