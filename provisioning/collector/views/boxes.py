"""Boxes as the organizer asks after them: heard of when, how much is here, what is missing."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass

from provisioning.collector import books, words
from provisioning.collector.known import Known


@dataclass(frozen=True, slots=True)
class Ledger:
    """One incarnation. `began` says why; None where its first entry is missing."""

    incarnation: int
    held: int
    cosigned: int
    missing: str
    is_forked: bool
    began: str | None
    heard: int  # Unix seconds


@dataclass(frozen=True, slots=True)
class Box:
    """`heard` None: nothing has come from it yet."""

    id: str
    name: str
    is_removed: bool
    heard: int | None
    ledgers: tuple[Ledger, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be missing, and nothing contradicts itself."""
        return not any(ledger.missing or ledger.is_forked for ledger in self.ledgers)


def boxes(db: sqlite3.Connection, known: Known) -> list[Box]:
    """Every box that a trust document ever listed, by name."""
    ledgers: dict[str, list[Ledger]] = defaultdict(list)
    for log in books.logs(db):
        ledgers[log.box].append(_ledger(log))
    listed = {box.key.id for trust in known.chain.versions for box in trust.boxes}
    found = [
        Box(box, known.box_name(box), known.is_removed(box), _heard(ledgers[box]), tuple(ledgers[box]))
        for box in {*listed, *ledgers}
    ]
    return sorted(found, key=lambda box: (box.name, box.id))


def _ledger(log: books.LogLine) -> Ledger:
    began = None if log.reason is None else words.BEGAN.get(log.reason, log.reason)
    return Ledger(log.incarnation, log.held, log.cosigned, words.spans(log.missing), log.is_forked, began, log.heard)


def _heard(ledgers: list[Ledger]) -> int | None:
    return max((ledger.heard for ledger in ledgers), default=None)
