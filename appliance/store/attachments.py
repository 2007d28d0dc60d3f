"""What travels beside the ledger and may be erased: token texts and sealed addresses, by the entry of their digest.

Functions of an open transaction. Knows rows; what is in them, and when it may travel, is decided in `stall`.
"""

from __future__ import annotations

import sqlite3

from appliance.core.attachments import Attachment, Form
from appliance.store.rows import CONTACTS

Key = tuple[int, int]


def keep(db: sqlite3.Connection, incarnation: int, attachment: Attachment) -> None:
    """Keeps it beside its entry, which stands in this transaction."""
    row = (incarnation, attachment.seq, attachment.form, attachment.data)
    db.execute("insert into attachments (incarnation, seq, form, data) values (?, ?, ?, ?)", row)


def mark_sent(db: sqlite3.Connection, incarnation: int, attachment: Attachment) -> None:
    """Notes that the collector has it, as far as its entry is acknowledged, or in a case with its whole log."""
    db.execute(
        "update attachments set sent = 1 where incarnation = ? and seq = ? and form = ? and data = ? and not sent"
        " and (seq < (select size from acknowledged a where a.incarnation = attachments.incarnation)"
        " or incarnation in (select incarnation from forks))",
        (incarnation, attachment.seq, attachment.form, attachment.data),
    )


def move_token(db: sqlite3.Connection, owed: Key, sale: Key) -> None:
    """The token of an owed entry is that of the sale which ends it."""
    db.execute(
        "update attachments set incarnation = ?, seq = ? where incarnation = ? and seq = ? and form = ?",
        (*sale, *owed, Form.TOKEN),
    )


def note_contact(db: sqlite3.Connection, entry: Key, sale: Key) -> None:
    """The entry `contact` is about this sale."""
    db.execute("insert into contacts values (?, ?, ?, ?)", (*entry, *sale))


def contacts(db: sqlite3.Connection, sale: Key) -> tuple[int, int]:
    """How many addresses were ever left with a sale, and how many of them stand."""
    row = db.execute(CONTACTS, (Form.SEALED, *sale)).fetchone()
    return int(row[0]), int(row[1])


def erase_contacts(db: sqlite3.Connection, sale: Key) -> int:
    """Deletes the sealed address of a sale; how many there were. The entry keeps its digest."""
    return db.execute(
        "delete from attachments where form = ? and (incarnation, seq) in"
        " (select incarnation, seq from contacts where sale_in = ? and sale_seq = ?)",
        (Form.SEALED, *sale),
    ).rowcount
