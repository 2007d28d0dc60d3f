"""Proofs from kept edges are those that a whole tree gives, at every place of logs around the marks."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from appliance.core.merkle import HASH_BYTES, Tree, leaf_hash
from provisioning.collector import database
from provisioning.collector.growth import MARK, grow
from provisioning.collector.proofs import inclusion

LOG = ("00" * 8, 5)
SIZES = (1, 2, 3, MARK - 1, MARK, MARK + 1, 2 * MARK, 3 * MARK + 7, 4 * MARK, 5 * MARK + 1000)


@pytest.mark.parametrize("size", SIZES)
def test_every_kind_of_place(tmp_path: Path, size: int) -> None:
    """First, last, around each mark."""
    hashes = [leaf_hash(b"%d" % seq) for seq in range(SIZES[-1])]
    tree = Tree(hashes)
    with contextlib.closing(database.connect(tmp_path / "collector.db")) as db:
        db.execute("insert into logs (box, incarnation, heard) values (?, ?, 0)", LOG)
        rows = [(*LOG, seq, each, b"") for seq, each in enumerate(hashes)]
        with database.transaction(db):
            db.executemany("insert into entries (box, incarnation, seq, hash, leaf) values (?, ?, ?, ?, ?)", rows)
            assert grow(db, LOG, []).size == len(hashes)
        places = {0, 1, size // 2, size - 1, *range(MARK - 1, size, MARK), *range(MARK, size, MARK)}
        for seq in (seq for seq in places if seq < size):
            assert inclusion(db, LOG, seq, size) == tree.inclusion(seq, size)
        (longest,) = db.execute("select max(length(nodes)) from edges").fetchone()
        assert longest <= HASH_BYTES * 3
