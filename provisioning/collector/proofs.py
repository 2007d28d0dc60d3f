"""Proofs over a ledger of any length without a tree in memory: from the edges that were kept at every 1024 leaves.

Knows hashes alone, of a log that is held without a gap and not forked.
"""

from __future__ import annotations

import sqlite3

from appliance.core.merkle import HASH_BYTES, Edge, node_hash
from provisioning.collector.growth import MARK, Place


def inclusion(db: sqlite3.Connection, log: Place, seq: int, size: int) -> list[bytes]:
    """PATH(seq, D[size]) of RFC 6962 §2.1.1, from the leaf's sibling up. The first `size` leaves are held."""
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if seq < middle:
            path.append(_root(db, log, middle, end))
            end = middle
        else:
            path.append(_root(db, log, start, middle))
            start = middle
    return path[::-1]


def _root(db: sqlite3.Connection, log: Place, start: int, end: int) -> bytes:
    """The root over the leaves from `start` to before `end`, a subtree of the log's tree."""
    width = end - start
    if width <= MARK:
        return _root_of_leaves(db, log, start, end)
    if end & -end == width:
        return _kept(db, log, end)
    middle = start + _split(width)
    return node_hash(_root(db, log, start, middle), _root(db, log, middle, end))


def _kept(db: sqlite3.Connection, log: Place, size: int) -> bytes:
    """The last complete subtree of the tree of that size."""
    (nodes,) = db.execute(
        "select nodes from edges where box = ? and incarnation = ? and size = ?", (*log, size)
    ).fetchone()
    return bytes(nodes[-HASH_BYTES:])


def _root_of_leaves(db: sqlite3.Connection, log: Place, start: int, end: int) -> bytes:
    edge = Edge()
    for (leaf,) in db.execute(
        "select hash from entries where box = ? and incarnation = ? and seq >= ? and seq < ? order by seq",
        (*log, start, end),
    ):
        edge.append(leaf)
    return edge.root()


def _split(width: int) -> int:
    """The largest power of two below `width`, which is at least 2."""
    return 1 << ((width - 1).bit_length() - 1)
