"""What a restart says of the incarnation before it: a checkpoint of that log, signed by the box like any other.

So a gap at its end is known, and a past that contradicts what the collector holds is a fork of that log. The new
incarnation is taken all the same. Runs in the caller's transaction.
"""

from __future__ import annotations

import sqlite3

from appliance.core.entries import Entry
from appliance.core.keys import PublicKey
from appliance.core.tlog import read_checkpoint, read_origin, signed_alone
from appliance.errors import PaperError
from provisioning.collector.growth import Place, is_one


def hear_of_before(db: sqlite3.Connection, restart: Entry, key: PublicKey, now: int) -> Place | None:
    """Notes what the entry says of the log before. That log, where it is contradicted."""
    previous = restart.fields["previous"]
    if previous is None:
        return None
    try:
        checkpoint = read_checkpoint(str(previous), key.raw)
        log = read_origin(checkpoint.origin)
    except PaperError:
        return None  # it proves nothing about any log
    if log[0] != restart.box:
        return None
    db.execute("insert or ignore into logs (box, incarnation, heard) values (?, ?, ?)", (*log, now))
    note = signed_alone(str(previous), key.raw)
    db.execute(
        "insert or ignore into checkpoints values (?, ?, ?, ?, ?)", (*log, checkpoint.size, checkpoint.root, note)
    )
    return None if is_one(db, log, checkpoint.size) else log
