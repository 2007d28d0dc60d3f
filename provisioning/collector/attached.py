"""What travels beside the entries: kept where it belongs to its entry, or may once that comes (FORMATS §6).

Nobody signs an attachment, so what does not belong is refused alone, whenever that shows. Runs in the caller's
transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from appliance.core import attachments
from appliance.core.attachments import Attachment, Form
from appliance.core.batch import Batch
from appliance.core.entries import read as read_entry
from appliance.errors import PaperError
from provisioning.collector.growth import Place


def attach(db: sqlite3.Connection, batch: Batch) -> None:
    """Keeps what the batch brings for its entries and for those before them; its entries have been written."""
    log = (batch.box, batch.incarnation)
    brought = list(_brought(batch))
    db.executemany(
        "insert or ignore into attachments values (?, ?, ?, ?, ?, ?)",
        [(*log, each.seq, each.form.value, each.digest, each.data) for each in brought],
    )
    _refuse(db, log, batch.first, batch.last)
    for seq in {each.seq for each in brought if each.seq < batch.first}:
        _refuse(db, log, seq, seq)


def _brought(batch: Batch) -> Iterator[Attachment]:
    for line in batch.attachments:
        try:
            attachment = attachments.read(line)
        except PaperError:
            continue  # refused alone: it has no entry that could be answered for it
        if attachment.seq <= batch.last:
            yield attachment


def _refuse(db: sqlite3.Connection, log: Place, first: int, last: int) -> None:
    """Forgets what belongs to none of the leaves that are held in its place."""
    rows = db.execute(
        "select a.seq, a.form, a.digest, a.data from attachments a where box = ? and incarnation = ?"
        " and seq between ? and ?",
        (*log, first, last),
    ).fetchall()
    for seq, form, digest, data in rows:
        leaves = db.execute(
            "select leaf, type from entries where box = ? and incarnation = ? and seq = ?", (*log, seq)
        ).fetchall()
        if leaves and not _belongs(Attachment(seq, Form(form), data), leaves):
            db.execute(
                "delete from attachments where box = ? and incarnation = ? and seq = ? and form = ? and digest = ?",
                (*log, seq, form, digest),
            )


def _belongs(attachment: Attachment, leaves: Iterable[tuple[bytes, str | None]]) -> bool:
    return any(kind is not None and attachment.belongs_to(read_entry(leaf)) for leaf, kind in leaves)
