"""A batch comes in: verified alone, compared with all that is held, written, settled and cosigned in one transaction.

FORMATS §6. Who sends it is no matter: a box's signature makes a batch its own. Knows no HTTP.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.core import batch
from appliance.core.audit import Fact, audit, takings
from appliance.core.batch import Batch
from appliance.core.keys import PublicKey
from appliance.core.trust import Chain
from appliance.errors import PaperError, RequestError
from provisioning.collector.attached import attach
from provisioning.collector.database import transaction
from provisioning.collector.growth import Place, gaps, grow
from provisioning.collector.lineage import hear_of_before
from provisioning.collector.takings import note, open_fork, settle

Cosign = Callable[[str, int], str]  # checkpoint note, Unix seconds -> the note with our line
Verdict = dict[str, object]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch. `is_repeat`: it was here before."""

    box: str
    incarnation: int
    checkpoint: str | None  # cosigned
    missing: list[list[int]]
    verdicts: list[Verdict]
    is_repeat: bool

    def answer(self, papers: Sequence[object]) -> dict[str, object]:
        """As FORMATS §6 writes it."""
        return {
            "spec": 1,
            "box": self.box,
            "incarnation": self.incarnation,
            "checkpoint": self.checkpoint,
            "missing": self.missing,
            "verdicts": self.verdicts,
            "papers": list(papers),
        }


def ingest(db: sqlite3.Connection, data: bytes, key: str, chain: Chain, cosign: Cosign, now: int) -> Taken:
    """Takes the batch in under its idempotency key.

    PaperError where the bytes do not verify, `doc-role` where no trust document ever listed the box, RequestError
    `key-reused` where the key is of other bytes. Nothing is stored then.
    """
    box = chain.ever_box(batch.span_of(data).box)
    if box is None:
        raise PaperError("doc-role", "No trust document ever listed this box.", status_hint=403)
    read = batch.read(data, box.key)
    if key != batch.idempotency_key(read.box, read.incarnation, read.first, read.last, data):
        raise RequestError("key-reused", "This key belongs to another batch.", status_hint=422)
    with transaction(db):
        body = hashlib.sha256(data).digest()
        before = db.execute("select verdicts from batches where body = ?", (body,)).fetchone()
        verdicts = json.loads(before[0]) if before else _take(db, read, box.key, now)
        if before is None:
            db.execute("insert into batches values (?, ?)", (body, json.dumps(verdicts)))
        log = (read.box, read.incarnation)
        return Taken(*log, _cosigned(db, log, cosign, now), gaps(db, log), verdicts, before is not None)


def _take(db: sqlite3.Connection, read: Batch, key: PublicKey, now: int) -> list[Verdict]:
    log = (read.box, read.incarnation)
    db.execute(
        "insert into logs (box, incarnation, heard) values (?, ?, ?)"
        " on conflict (box, incarnation) do update set heard = max(heard, excluded.heard)",
        (*log, now),
    )
    shown = [each for each in (read.old, read.new) if each is not None]
    db.executemany(
        "insert or ignore into checkpoints values (?, ?, ?, ?, ?)",
        [(*log, each.size, each.root, each.note) for each in shown],
    )
    facts = list(audit(*log, read.first, read.leaves))
    held = _held(db, log, read.first, read.last)
    verdicts = [_take_fact(db, log, fact, fact.hash in held.get(fact.seq, ()), now) for fact in facts]
    is_doubled = any(fact.hash not in held[fact.seq] for fact in facts if fact.seq in held)
    grown = grow(db, log, [each.size for each in shown])
    attach(db, read)
    _look_back(db, facts[0], key, now)
    if is_doubled or not grown.agrees or _is_forked(db, log):
        case = _fork(db, log, now)
        return [{"seq": fact.seq, "verdict": "conflict", "reason": "forked", "case": case} for fact in facts]
    _reach(db, log, grown.size)
    return verdicts


def _look_back(db: sqlite3.Connection, fact: Fact, key: PublicKey, now: int) -> None:
    """A restart may tell of another past than the one that its box has shown before."""
    if fact.entry is not None and fact.entry.type == "restart":
        contradicted = hear_of_before(db, fact.entry, key, now)
        if contradicted is not None:
            _fork(db, contradicted, now)


def _fork(db: sqlite3.Connection, log: Place, now: int) -> str:
    db.execute("update logs set forked = 1 where box = ? and incarnation = ?", log)
    return open_fork(db, log, now)


def _held(db: sqlite3.Connection, log: Place, first: int, last: int) -> dict[int, set[bytes]]:
    found: dict[int, set[bytes]] = defaultdict(set)
    for seq, leaf in db.execute(
        "select seq, hash from entries where box = ? and incarnation = ? and seq between ? and ?", (*log, first, last)
    ):
        found[seq].add(leaf)
    return found


def _take_fact(db: sqlite3.Connection, log: Place, fact: Fact, is_held: bool, now: int) -> Verdict:
    if is_held:
        return _verdict(fact, "duplicate")
    kind = fact.entry.type if fact.entry else None
    db.execute(
        "insert into entries values (?, ?, ?, ?, ?, ?, ?)", (*log, fact.seq, fact.hash, fact.leaf, kind, fact.fault)
    )
    if fact.entry is None:
        return _verdict(fact, "rejected", fact.fault)
    own = takings(fact.entry)
    cases = {taking: settle(db, taking, now) for taking in sorted(note(db, fact))}
    for taking in own:
        if case := cases[taking]:
            return _verdict(fact, "conflict", f"{taking.once}-twice", case)
    return _verdict(fact, "accepted")


def _verdict(fact: Fact, verdict: str, reason: str | None = None, case: str | None = None) -> Verdict:
    return {"seq": fact.seq, "verdict": verdict, "reason": reason, "case": case}


def _is_forked(db: sqlite3.Connection, log: Place) -> bool:
    row = db.execute("select forked from logs where box = ? and incarnation = ?", log).fetchone()
    return bool(row[0])


def _reach(db: sqlite3.Connection, log: Place, size: int) -> None:
    """The largest checkpoint under which every leaf is held is the one that is cosigned from now on."""
    row = db.execute(
        "select size, note from checkpoints where box = ? and incarnation = ? and size <= ? order by size desc limit 1",
        (*log, size),
    ).fetchone()
    if row is not None:
        db.execute(
            "update logs set cosigned = ?, checkpoint = ? where box = ? and incarnation = ? and cosigned < ?",
            (*row, *log, row[0]),
        )


def _cosigned(db: sqlite3.Connection, log: Place, cosign: Cosign, now: int) -> str | None:
    """The present acknowledgement. A forked log gets none, ever again."""
    forked, note = db.execute("select forked, checkpoint from logs where box = ? and incarnation = ?", log).fetchone()
    return None if forked or note is None else cosign(note, now)
