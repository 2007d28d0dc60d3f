"""Numbers that boxes gave up, by the entries of their ledgers that say so (FORMATS §2.3).

Knows which releases no allotment has stated yet; what is given away anew is the creator's to say. Only looks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core import entries
from appliance.core.allotment import Epochs, numbers_of
from appliance.core.documents import ranges
from appliance.core.entries import split_reference
from appliance.core.manifest import MAX_SIZE


@dataclass(frozen=True, slots=True)
class Release:
    """`is_proven`: a cosigned checkpoint covers the entry, and its log is not forked."""

    box: str
    drop: str
    entry: str  # reference
    numbers: frozenset[int]
    is_proven: bool


def releases(db: sqlite3.Connection) -> list[Release]:
    """Every `release` entry that is held."""
    found = db.execute(
        "select e.box, e.leaf, l.cosigned > e.seq and not l.forked from entries e join logs l using (box, incarnation)"
        " where e.type = 'release' order by e.box, e.incarnation, e.seq, e.hash"
    )
    return [_release(box, leaf, bool(is_proven)) for box, leaf, is_proven in found]


def _release(box: str, leaf: bytes, is_proven: bool) -> Release:
    entry = entries.read(leaf)
    numbers = numbers_of(ranges("ranges", entry.fields["ranges"], MAX_SIZE))
    return Release(box, str(entry.fields["drop"]), entry.reference, numbers, is_proven)


def unstated(found: Iterable[Release], epochs: Epochs) -> dict[tuple[str, str], frozenset[int]]:
    """Box and reference → the numbers that the box still has by the newest epoch and gave up in that entry.

    Each number stands under one entry alone: of several in one ledger under the newest.
    """
    newest: dict[tuple[str, int], Release] = {}
    drop = epochs.current.drop
    for release in found:
        if release.drop == drop:
            newest.update(
                {(release.box, number): release for number in release.numbers if _is_new(release, number, epochs)}
            )
    given: dict[tuple[str, str], frozenset[int]] = {}
    for (box, number), release in newest.items():
        if number in epochs.current.numbers(box):
            given[box, release.entry] = given.get((box, release.entry), frozenset()) | {number}
    return given


def _is_new(release: Release, number: int, epochs: Epochs) -> bool:
    """Whether no epoch has stated this release of the number, or a later one of the same ledger."""
    incarnation, seq = split_reference(release.entry)
    stated = (
        split_reference(each.entry)
        for epoch in epochs.all
        for each in epoch.released
        if each.box == release.box and number in numbers_of(each.ranges)
    )
    return not any(of == incarnation and at >= seq for of, at in stated)
