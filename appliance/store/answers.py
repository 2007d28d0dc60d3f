"""Answers by idempotency key, written with what they answer (FORMATS §6, DESIGN §4). Functions of a transaction."""

from __future__ import annotations

import json
import sqlite3

from appliance.errors import RequestError
from appliance.weblib.idempotency import Key

KEEP_MS = 7 * 24 * 3600 * 1000


def find(db: sqlite3.Connection, key: Key) -> str | None:
    """The answer that was given under this key; `key-reused` where another request had it."""
    row = db.execute("select fingerprint, body from answers where key = ?", (key.text,)).fetchone()
    if row is None:
        return None
    if row[0] != key.fingerprint:
        raise RequestError(
            "key-reused",
            "This was changed after it had been sent, and what was sent first is done. "
            "Look at that before you send this as well.",
            status_hint=422,
        )
    return str(row[1])


def entries_of(body: str) -> list[str]:
    """The references of the entries that an answer tells of: of sales, or of a close."""
    try:
        told = json.loads(body)
    except ValueError:
        return [body]
    copies = told if isinstance(told, list) else [told.get("sold", told)]
    return [str(copy["sale"]) for copy in copies]


def keep(db: sqlite3.Connection, key: Key, body: str, running_ms: int) -> None:
    """Keeps an answer for 7 days of running time."""
    db.execute("delete from answers where made_ms < ?", (running_ms - KEEP_MS,))
    db.execute("insert into answers values (?, ?, ?, ?)", (key.text, key.fingerprint, body, running_ms))
