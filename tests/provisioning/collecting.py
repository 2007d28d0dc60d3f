"""A collector without a network: batches go in as bytes, and what came of them comes out."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

from appliance.core.batch import idempotency_key
from appliance.core.trust import Chain, parse
from provisioning.collector.cosigner import Cosigner
from provisioning.collector.ingest import Taken, ingest
from tests.organizer import NOW, Organizer, key
from tests.provisioning.ledgers import Ledger

BOX, OTHER, COSIGNER = key("box"), key("other box"), key("cosigner")
NOTE = "collector.nmb-2026-12"
BOXES = [{"key": BOX.public.did, "name": "Stall 7"}, {"key": OTHER.public.did, "name": "Stall 8"}]
CHAIN = Chain((parse(Organizer(Path()).trust_payload(boxes=BOXES)),))
DROP = "00112233445566aa"


def key_of(data: bytes) -> str:
    """The idempotency key of a batch, as its first line says it."""
    head = json.loads(data.partition(b"\n")[0])
    return idempotency_key(head["box"], head["incarnation"], head["first"], head["last"], data)


def take(db: sqlite3.Connection, data: bytes) -> Taken:
    return ingest(db, data, key_of(data), CHAIN, Cosigner(COSIGNER, NOTE).cosign, NOW)


def verdicts(taken: Taken) -> list[object]:
    return [verdict["verdict"] for verdict in taken.verdicts]


def claim(seq: int) -> str:
    return hashlib.sha256(b"%d" % seq).hexdigest()


def sold(ledger: Ledger, *numbers: int) -> Ledger:
    """The ledger with a cash sale of each number."""
    for number in numbers:
        ledger.sell(DROP, number, None, claim(number))
    return ledger


def standing(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Kind and name of every case that stands."""
    return db.execute("select kind, name from cases where stands order by kind, name").fetchall()
