"""What the ledger's tables know and no leaf says: claim codes, how debts were judged, answers by key, running time.

A mirror carries it beside the leaves, sealed, so that an adopted box goes on exactly. Knows rows and their JSON.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.core import entries
from appliance.core.documents import Json, malformed
from appliance.core.entries import split_reference

Key = tuple[int, int]
Record = Mapping[str, list[list[object]]]

_PER_RECORD = 200  # rows: an answer to an order of many copies is the longest
_ROTATION = b'"type":"claim"'
_CODES = "select incarnation, seq, code from claims where incarnation = ? and seq >= ? and seq < ?"
_OWED = (
    "select incarnation, seq, list_price, discount_reason, method, tier, marked from owed"
    " where incarnation = ? and seq >= ? and seq < ?"
)
_ANSWERS = "select key, hex(fingerprint), body, made_ms from answers where made_ms >= ?"
_LATE_MS = 30_000  # an answer is committed at most so long after the moment that it bears
_SLOW = {
    "running": "select boot, before_ms, last_ms from running order by ordinal",
    "clock": "select sure_lo, root_issued, reset_n, window_boot from clock",
    "acknowledged": "select incarnation, size, checkpoint from acknowledged",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """How what is owed was judged: the columns of `owed` that its entry does not have."""

    list_price: int
    discount_reason: str | None
    method: str
    tier: str
    marked: int


@dataclass(frozen=True, slots=True)
class Marks:
    """What the clock remembers beside its last moment."""

    sure_lo: int | None
    root_issued: int | None
    reset_n: int
    window_boot: str | None


@dataclass(slots=True)
class Unsaid:
    """Everything that the records of a mirror say together; what was said last counts."""

    codes: dict[Key, str] = field(default_factory=dict)
    owed: dict[Key, Judged] = field(default_factory=dict)
    answers: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # fingerprint in hex, body, made_ms
    running: dict[str, tuple[int, int]] = field(default_factory=dict)  # boot: before_ms, last_ms
    frozen: dict[tuple[Key, str], str] = field(default_factory=dict)  # digest of what is kept in a file
    acknowledged: dict[int, tuple[int, str]] = field(default_factory=dict)
    marks: Marks | None = None

    def take(self, record: Mapping[str, Json]) -> None:
        """Adds one record; `doc-malformed` where it is none."""
        try:
            for name, rows in record.items():
                assert isinstance(rows, list)
                for row in rows:
                    assert isinstance(row, list)
                    self._take(name, row)
        except (AssertionError, TypeError, ValueError) as error:
            raise malformed("A sealed line of the mirror is not understood") from error

    def _take(self, name: str, row: list[Any]) -> None:
        match name, row:
            case "codes", [incarnation, seq, code]:
                self.codes[incarnation, seq] = code
            case "owed", [incarnation, seq, *judged]:
                self.owed[incarnation, seq] = Judged(*judged)
            case "answers", [key, fingerprint, body, made_ms]:
                self.answers[key] = (fingerprint, body, made_ms)
            case "running", [boot, before_ms, last_ms]:
                self.running[boot] = (before_ms, last_ms)
            case "frozen", [incarnation, seq, kind, sha256]:
                self.frozen[(incarnation, seq), kind] = sha256
            case "acknowledged", [incarnation, size, checkpoint]:
                self.acknowledged[incarnation] = (size, checkpoint)
            case "clock", marks:
                self.marks = Marks(*marks)
            case _:
                raise ValueError(name)


class Unsent:
    """Follows one ledger: what has come since the last time it was asked."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._answered_ms = 0
        self._answered: set[object] = set()  # keys since then
        self._sent: dict[str, list[list[object]]] = {}

    def since(self, incarnation: int, first: int, leaves: list[bytes]) -> Iterator[Record]:
        """What belongs to these entries, which begin at `first`, and the answers that came meanwhile."""
        size = first + len(leaves)
        rows: dict[str, list[list[object]]] = {
            "codes": [*self._all(_CODES, incarnation, first, size), *self._rotated(leaves)],
            "owed": self._all(_OWED, incarnation, first, size),
            "answers": self._new_answers(),
            **{name: self._changed(name, query) for name, query in _SLOW.items()},
        }
        while any(rows.values()):
            yield {name: part[:_PER_RECORD] for name, part in rows.items() if part}
            rows = {name: part[_PER_RECORD:] for name, part in rows.items()}

    def _changed(self, name: str, query: str) -> list[list[object]]:
        """Rows of a small table that are not as they were the last time."""
        rows = self._all(query)
        before, self._sent[name] = self._sent.get(name, []), rows
        return [row for row in rows if row not in before]

    def _rotated(self, leaves: list[bytes]) -> list[list[object]]:
        sales = [str(entries.read(leaf).fields["sale"]) for leaf in leaves if _ROTATION in leaf]
        found = []
        for sale in sales:
            incarnation, seq = split_reference(sale)
            found += self._all(_CODES, incarnation, seq, seq + 1)
        return found

    def _new_answers(self) -> list[list[object]]:
        last = self._db.execute("select max(made_ms) from answers").fetchone()[0] or 0
        found = self._all(_ANSWERS, self._answered_ms)
        new = [row for row in found if row[0] not in self._answered]
        self._answered_ms, self._answered = max(0, last - _LATE_MS), {row[0] for row in found}
        return new

    def _all(self, query: str, *values: object) -> list[list[object]]:
        return [list(row) for row in self._db.execute(query, values)]
