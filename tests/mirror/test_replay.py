"""A replay of a ledger's leaves gives the tables that the box itself has written beside them, whatever happened."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import rule

from appliance.core import entries
from appliance.core.merkle import Tree, leaf_hash
from appliance.stall.replaying import verified_drops
from appliance.store import adoption, database
from appliance.store.mirror.reading import Incarnation
from appliance.store.papers import PaperShelf
from appliance.store.unsaid import Key, Unsaid, Unsent
from tests.depth import IS_LONG, depth
from tests.stall.test_machine import Stall
from tests.stall.world import BOX, World

# Not given back: pickup numbers, and what has gone out of a budget, live shorter than a machine.
CLAIMS = "incarnation, seq, hash, code, ends_ms, byte_budget, opened_seq, opened_in, delivered"
TABLES: Mapping[str, str] = {
    **dict.fromkeys(("incarnations", "entries", "heads", "sales", "numbers", "blocks", "frozen", "answers"), "*"),
    **dict.fromkeys(("closes", "spent", "owed", "refunds", "refusals", "acknowledged"), "*"),
    "claims": CLAIMS,
    "running": "boot, before_ms, last_ms",
    "clock": "lo, hi, quality, boot, boottime_ms, sure_lo, root_issued, reset_n, window_boot",
}
GUESSED = {"owed", "answers", "acknowledged", "running", "clock"}  # where no sealed line says it


class Replayed(Stall):
    """The stall in any history; from time to time a replay is laid beside it."""

    @rule()
    def replay(self) -> None:
        """All tables are equal, row by row."""
        compare(self.world, is_sealed=True)

    @rule()
    def replay_leaves_alone(self) -> None:
        """Without sealed lines all is equal but the codes, and what only they say."""
        compare(self.world, is_sealed=False)

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                compare(self.world, is_sealed=True)
        finally:
            super().teardown()


TestReplayed = Replayed.TestCase
TestReplayed.settings = settings(
    max_examples=depth(6, 80),
    stateful_step_count=30,
    derandomize=IS_LONG,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def compare(world: World, *, is_sealed: bool) -> None:
    copy = world.folder / "replayed.db"
    for path in world.folder.glob("replayed.db*"):
        path.unlink()
    with contextlib.closing(database.open_looking(world.ledger)) as db:
        logs = [_log(db, number) for (number,) in db.execute("select incarnation from incarnations order by ordinal")]
        unsaid = _unsaid(db, logs) if is_sealed else Unsaid()
        drops = verified_drops(PaperShelf(world.box / "papers"), world.organizer.pin, BOX.public.id)
        adoption.replay(copy, BOX, logs, drops, unsaid, _frozen(db))
    for table, columns in TABLES.items():
        if is_sealed or table not in GUESSED:
            wanted = CLAIMS.replace("code, ", "") if table == "claims" and not is_sealed else columns
            assert _rows(copy, table, wanted) == _rows(world.ledger, table, wanted), table


def _log(db: sqlite3.Connection, number: int) -> Incarnation:
    query = "select leaf from entries where incarnation = ? order by seq"
    leaves = tuple(row[0] for row in db.execute(query, (number,)))
    return Incarnation(number, tuple(map(entries.read, leaves)), leaves, Tree(map(leaf_hash, leaves)).root(), ())


def _unsaid(db: sqlite3.Connection, logs: list[Incarnation]) -> Unsaid:
    unsaid, unsent = Unsaid(), Unsent(db)
    for log in logs:
        for record in unsent.since(log.number, 0, list(log.leaves)):
            unsaid.take(json.loads(json.dumps(record)))
    return unsaid


def _frozen(db: sqlite3.Connection) -> dict[Key, dict[str, bytes]]:
    found: dict[Key, dict[str, bytes]] = {}
    for incarnation, seq, kind, body in db.execute("select incarnation, seq, kind, body from frozen"):
        found.setdefault((incarnation, seq), {})[kind] = body
    return found


def _rows(ledger: Path, table: str, columns: str) -> list[tuple[object, ...]]:
    with contextlib.closing(database.open_looking(ledger)) as db:
        rows = db.execute(f"select {columns} from {table}").fetchall()
        return rows if table in {"blocks", "incarnations", "running"} else sorted(rows, key=repr)
