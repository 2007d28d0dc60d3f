"""How far a log is held without a gap, and whether all that its box has signed about it agrees.

A log grows leaf by leaf from 0 as batches close its gaps; at each size that the box has signed, its root must be ours.
Keeps the right edge of the tree alone, and marks of it, so that memory stays flat. Runs in the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from appliance.core.merkle import HASH_BYTES, Edge

MARK = 1024
"""Leaves from one kept edge to the next."""

Place = tuple[str, int]
"""A log: box id and incarnation."""


@dataclass(frozen=True, slots=True)
class Grown:
    """`size`: leaves from 0 without a gap. `agrees`: whether every root that was signed up to there is theirs."""

    size: int
    agrees: bool


def grow(db: sqlite3.Connection, log: Place, shown: Iterable[int]) -> Grown:
    """Takes up the leaves that follow without a gap. `shown`: sizes of the checkpoints that have just come in."""
    edge = _edge(db, log)
    held = edge.size
    agrees = all(is_one(db, log, size) for size in shown)
    signed = _signed(db, log, held + 1, None)
    for leaf in _following(db, log, held):
        edge.append(leaf)
        if edge.size in signed:
            agrees = agrees and signed[edge.size] == {edge.root()}
        if edge.size % MARK == 0:
            db.execute("insert into edges values (?, ?, ?, ?)", (*log, edge.size, b"".join(edge.nodes)))
    if edge.size != held:
        _keep(db, log, edge)
    return Grown(edge.size, agrees)


def is_one(db: sqlite3.Connection, log: Place, size: int) -> bool:
    """Whether all that the box has signed at a size is one root, and ours as far as the leaves are held."""
    signed = _signed(db, log, size, size)[size]
    return signed == {_root(db, log, size)} if size <= _edge(db, log).size else len(signed) == 1


def gaps(db: sqlite3.Connection, log: Place) -> list[list[int]]:
    """The inclusive ranges of entries that are missing below the highest one held."""
    rows = db.execute(
        "select seq, after from (select seq, lead(seq) over (order by seq) as after from"
        " (select distinct seq from entries where box = ? and incarnation = ? and seq >= ?"
        "  union select size - 1 from logs where box = ? and incarnation = ?)) where after > seq + 1",
        (*log, _edge(db, log).size, *log),
    )
    return [[seq + 1, after - 1] for seq, after in rows]


def known_gaps(db: sqlite3.Connection, log: Place) -> list[list[int]]:
    """The same, and what is missing at the end: a later restart may tell of more than the box can still give."""
    held, signed = db.execute(
        "select coalesce((select max(seq) + 1 from entries where box = ? and incarnation = ?), 0),"
        " coalesce((select max(size) from checkpoints where box = ? and incarnation = ?), 0)",
        (*log, *log),
    ).fetchone()
    return gaps(db, log) + ([[held, signed - 1]] if signed > held else [])


def _edge(db: sqlite3.Connection, log: Place) -> Edge:
    size, nodes = db.execute("select size, edge from logs where box = ? and incarnation = ?", log).fetchone()
    return Edge(size, _split(nodes))


def _keep(db: sqlite3.Connection, log: Place, edge: Edge) -> None:
    row = (edge.size, b"".join(edge.nodes), *log)
    db.execute("update logs set size = ?, edge = ? where box = ? and incarnation = ?", row)


def _split(nodes: bytes) -> list[bytes]:
    return [nodes[at : at + HASH_BYTES] for at in range(0, len(nodes), HASH_BYTES)]


def _signed(db: sqlite3.Connection, log: Place, low: int, high: int | None) -> dict[int, set[bytes]]:
    """The roots that the box has signed for sizes from `low` to `high`."""
    found: dict[int, set[bytes]] = defaultdict(set)
    for size, root in db.execute(
        "select size, root from checkpoints where box = ? and incarnation = ? and size between ? and ?",
        (*log, low, high if high is not None else 2**62),
    ):
        found[size].add(root)
    return found


def _following(db: sqlite3.Connection, log: Place, size: int) -> Iterator[bytes]:
    """The leaf hashes from seq `size` on, up to the first gap. Of two leaves in one place the smaller hash counts:
    such a log is forked, and any root serves."""
    rows = db.execute(
        "select seq, min(hash) from entries where box = ? and incarnation = ? and seq >= ? group by seq order by seq",
        (*log, size),
    )
    for expected, (seq, leaf) in enumerate(rows, size):
        if seq != expected:
            return
        yield leaf


def _root(db: sqlite3.Connection, log: Place, size: int) -> bytes:
    """The root at a size that is held, from the last mark before it."""
    row = db.execute(
        "select size, nodes from edges where box = ? and incarnation = ? and size <= ? order by size desc limit 1",
        (*log, size),
    ).fetchone()
    edge = Edge(row[0], _split(row[1])) if row else Edge()
    for leaf in _following(db, log, edge.size):
        if edge.size == size:
            break
        edge.append(leaf)
    return edge.root()
