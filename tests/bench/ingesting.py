"""Entries per second into a collector, against SQLite's own bulk insert of the same rows; how it grows to 10^6."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from appliance.core import batch
from appliance.core.merkle import Tree, leaf_hash
from provisioning.collector import database
from tests.bench.stalls import python
from tests.bench.table import Row, at_most, plain
from tests.provisioning.collecting import BOX
from tests.provisioning.ledgers import Ledger
from tests.running import ROOT

ENTRIES, BATCH, EDITION = 1_000_000, 1000, 10_000
_SMALL, _PLAIN = 10_000, 100_000
_ROUNDS = 5
_DROP, _CLAIM = "dd" * 8, "cc" * 32
_TABLES = ("entries", "takings", "sales")

Taken = tuple[int, float, float]  # entries, seconds, resident MB


def rows(folder: Path) -> Iterator[Row]:
    """The rows of this part; works in `folder`."""
    path = folder / "collector.db"
    taken = _ingest(path)
    few, many = taken[1 : _SMALL // BATCH + 1], taken[-_SMALL // BATCH :]  # the first one opens what all need
    bulk = _bulk(path, folder / "bulk.db")
    yield plain(f"ingest, entries/s, batches of {BATCH}", _per_s(few), "/s", f"the log has {_SMALL:,} entries")
    yield plain("ingest, entries/s", _per_s(many), "/s", f"the log has {ENTRIES:,} entries")
    yield plain("the same rows by SQLite's own bulk insert", bulk, "/s", f"{bulk / _per_s(many):.1f} × ingest")
    slower = _per_s(few) / _per_s(many)
    yield at_most(f"time per entry at {ENTRIES:,} entries, against {_SMALL:,}", slower, 1.5, "×")
    grown = max(rss for _, _, rss in taken) - few[-1][2]
    yield at_most(f"memory, from {_SMALL:,} to {ENTRIES:,} entries", grown, 20, " MB", f"RSS {taken[-1][2]:.0f} MB")


def _per_s(taken: Sequence[Taken]) -> float:
    return BATCH / statistics.median(seconds for _, seconds, _ in taken)


def _ingest(path: Path) -> list[Taken]:
    """A process of its own takes in what this one makes."""
    command = python("-m", "tests.bench.ingester", str(path))
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        found = []
        for data in _batches():
            process.stdin.write(len(data).to_bytes(4, "big") + data)
            process.stdin.flush()
            entries, seconds, rss = json.loads(process.stdout.readline())
            found.append((entries, seconds, rss))
        process.stdin.close()
    return found


def _batches() -> Iterator[bytes]:
    """The log of one box that sold out one edition after the other, batch by batch."""
    tree = Tree()
    log = batch.Log(BOX.public.id, 5, tree, BOX.sign, BOX.public.raw)
    sale = _sale()
    for first in range(0, ENTRIES, BATCH):
        leaves = [sale(seq) if seq else Ledger(BOX).leaves[0] for seq in range(first, first + BATCH)]
        for leaf in leaves:
            tree.append(leaf_hash(leaf))
        [(_, _, data)] = batch.cut(log, leaves, first)
        yield data


def _sale() -> Callable[[int], bytes]:
    """Writes the leaf of a sale by its place; one that was made properly is the pattern."""
    ledger = Ledger(BOX)
    entry = ledger.sell(_DROP, 9999, None, _CLAIM)
    pattern = entry.leaf().decode().replace("%", "%%")
    for text, field in (
        (f'"{_DROP}"', '"%(drop)016x"'),
        (f'"{_CLAIM}"', '"%(seq)064x"'),
        ('"number":9999', '"number":%(number)d'),
        ('"seq":1,', '"seq":%(seq)d,'),
        (f'"lo":{entry.time.lo}', '"lo":%(lo)d'),
    ):
        assert text in pattern
        pattern = pattern.replace(text, field)

    def write(seq: int) -> bytes:
        drop, number = divmod(seq, EDITION)
        return (pattern % {"drop": drop, "number": number + 1, "seq": seq, "lo": entry.time.lo + seq}).encode()

    return write


def _bulk(path: Path, target: Path) -> float:
    """Entries per second where every row is ready and one transaction takes them; median."""
    with contextlib.closing(database.connect(path)) as db:
        ready = {table: db.execute(f"select * from {table} where seq < ?", (_PLAIN,)).fetchall() for table in _TABLES}
    seconds = []
    for _ in range(_ROUNDS):
        with contextlib.closing(database.connect(target)) as db:
            begin = time.perf_counter()
            with database.transaction(db):
                for table, found in ready.items():
                    _insert(db, table, found)
            seconds.append(time.perf_counter() - begin)
        target.unlink()
    return _PLAIN / statistics.median(seconds)


def _insert(db: sqlite3.Connection, table: str, found: Sequence[tuple[object, ...]]) -> None:
    db.executemany(f"insert into {table} values ({', '.join('?' * len(found[0]))})", found)
