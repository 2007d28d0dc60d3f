"""Several collector processes over one database, one of them killed: unique keys decide, and nothing is lost."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from provisioning.collector import database, growth
from tests.depth import depth
from tests.provisioning.collecting import BOX, DROP, OTHER, sold, standing, take
from tests.provisioning.collector.test_ingest import state
from tests.provisioning.ledgers import Ledger
from tests.running import ROOT

SALES = depth(60, 400)


@pytest.fixture
def batches() -> list[bytes]:
    """Of two boxes that sold one number both; split, overlapped, repeated."""
    chance = random.Random(6)
    mine, other = sold(Ledger(BOX), *range(1, SALES)), sold(Ledger(OTHER), SALES - 1, *range(SALES, 2 * SALES))
    pieces = []
    for ledger in (mine, other):
        size = len(ledger.leaves)
        pieces += [ledger.batch(first, min(size, first + 20)) for first in range(0, size, 15)]
        pieces += [ledger.batch(size // 2), ledger.batch()]
    chance.shuffle(pieces)
    return pieces


def start(folder: Path, number: int) -> subprocess.Popen[str]:
    """Takes every batch of the folder in, in an order of its own, and says so after each."""
    command = [sys.executable, "-m", "tests.provisioning.taking", str(folder), str(number)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def write(folder: Path, batches: list[bytes]) -> None:
    for number, data in enumerate(batches):
        (folder / f"{number}.ndjson").write_bytes(data)


def whole(folder: Path, batches: list[bytes]) -> None:
    """What the processes made of it is what one alone makes of it."""
    with (
        contextlib.closing(database.connect(folder / "collector.db")) as db,
        contextlib.closing(database.connect(folder / "straight.db")) as straight,
    ):
        for data in batches:
            take(straight, data)
        assert state(db) == state(straight)
        assert db.execute("select count(*) from sales").fetchone() == (2 * SALES,)
        assert standing(db) == [("number", f"{DROP}:{SALES - 1}")]
        assert [growth.gaps(db, (box.public.id, 5)) for box in (BOX, OTHER)] == [[], []]
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)


def test_two_processes_at_once(tmp_path: Path, batches: list[bytes]) -> None:
    """Both make the database, both take the same and overlapping batches: each entry is there once."""
    write(tmp_path, batches)
    running = [start(tmp_path, number) for number in (1, 2)]
    outputs = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert sum(output.count("new") for output in outputs) == len(batches)
    assert sum(output.count("repeat") for output in outputs) == len(batches)
    whole(tmp_path, batches)


def test_kill(tmp_path: Path, batches: list[bytes]) -> None:
    """kill -9 in the middle, again and again: what was answered is there, and the rest comes again."""
    write(tmp_path, batches)
    chance = random.Random(9)
    kills = 0
    for number in range(depth(6, 40)):
        process = start(tmp_path, number)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    assert kills
    process = start(tmp_path, 0)
    process.communicate(timeout=120)
    assert process.returncode == 0
    whole(tmp_path, batches)
