"""The daemon over a ledger that went back in time or was damaged: a new incarnation, and no number sold twice."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.core import batch
from appliance.core.tlog import read_checkpoint, read_origin
from tests import ledgers
from tests.organizer import key
from tests.running import ROOT, Daemon, Json, selling

pytestmark = pytest.mark.crash

PARTS = ("ledger.db", "ledger.db-wal", "ledger.db-shm")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Daemon:
    """The box that `daemon` is a copy of, with `yesterday` beside it; it does not run."""
    folder = tmp_path_factory.mktemp("original")
    with selling(folder, 20) as made:
        made.open()
        sell(made, 5)
        assert made.stop() == 0
        copy(made.data, folder / "yesterday")
        made.open()
        sell(made, 5)
        made.kill()
        return made


@pytest.fixture
def daemon(tmp_path: Path, original: Daemon) -> Iterator[Daemon]:
    """A box that has sold numbers 1 to 5, was copied to `yesterday`, sold 6 to 10 and was killed."""
    shutil.copytree(original.data.parent, tmp_path, ignore=shutil.ignore_patterns("*.sock"), dirs_exist_ok=True)
    copied = Daemon(tmp_path / "data", int(original.address.rpartition(":")[2]))
    with contextlib.closing(copied):
        yield copied


def sell(daemon: Daemon, count: int) -> list[int]:
    """Sells so many copies; their numbers."""
    answers = [daemon.sell() for _ in range(count)]
    return [int(str(sale["number"])) for answer in answers for sale in objects(answer["sales"])]


def objects(value: object) -> list[Json]:
    assert isinstance(value, list)
    return value


def copy(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for name in PARTS:
        if (source / name).exists():
            shutil.copy2(source / name, target / name)


def codes(daemon: Daemon) -> set[object]:
    return {fault["code"] for fault in objects(daemon.status()["faults"])}


def test_yesterdays_ledger(daemon: Daemon, tmp_path: Path) -> None:
    """Yesterday's ledger put back: a new incarnation that names the last checkpoint; 1 to 10 are not sold again."""
    incarnation = ledgers.incarnations(daemon.data / "ledger.db")[0]
    leaves = ledgers.leaves(daemon.data / "ledger.db", incarnation)
    for name in PARTS:
        (daemon.data / name).unlink(missing_ok=True)
    copy(tmp_path / "yesterday", daemon.data)
    daemon.open()
    status = daemon.status()
    assert status["incarnation"] != incarnation
    assert {"restored", "blocked"} <= codes(daemon)
    assert objects(status["drops"])[0]["blocked"] == 5
    restart = ledgers.log(daemon.data / "ledger.db")[0]
    note = read_checkpoint(str(restart.fields["previous"]), key("box").public.raw)
    assert (read_origin(note.origin)[1], note.size, note.root) == (incarnation, len(leaves), ledgers.root(leaves))
    assert restart.fields["blocked"] == [{"drop": objects(restart.fields["blocked"])[0]["drop"], "ranges": [[1, 10]]}]
    assert sell(daemon, 10) == list(range(11, 21))
    daemon.kill()
    daemon.open()
    assert ledgers.incarnations(daemon.data / "ledger.db") == [incarnation, status["incarnation"]]


def test_yesterdays_file_under_todays_log(daemon: Daemon, tmp_path: Path) -> None:
    """Only ledger.db is put back and today's WAL stays: whatever SQLite makes of it, nothing is sold twice."""
    shutil.copy2(tmp_path / "yesterday" / "ledger.db", daemon.data / "ledger.db")
    daemon.open()
    numbers = sell(daemon, 5)
    assert numbers == sorted(numbers)
    assert numbers[0] > 10


def test_damaged_ledger(daemon: Daemon) -> None:
    """A ledger with overwritten bytes is set aside under a name that the status says; 1 to 10 are not sold again."""
    ledger = daemon.data / "ledger.db"
    daemon.open()
    assert daemon.stop() == 0
    data = bytearray(ledger.read_bytes())
    data[100 : len(data) // 2] = b"\xa5" * (len(data) // 2 - 100)
    ledger.write_bytes(data)
    daemon.open()
    aside = list(daemon.data.glob("ledger.damaged-*.db"))
    assert len(aside) == 1
    assert aside[0].read_bytes() == data
    said = [fault["text"] for fault in objects(daemon.status()["faults"]) if fault["code"] == "recovered"]
    assert aside[0].name in str(said)
    assert sell(daemon, 2) == [11, 12]
    assert ledgers.log(ledger)[0].fields["reason"] == "recovered"


def test_changed_entry(daemon: Daemon, tmp_path: Path) -> None:
    """After an entry was changed on the card an export writes what the box may sign, then refuses with a sentence."""
    ledger = daemon.data / "ledger.db"
    daemon.open()
    assert daemon.stop() == 0
    old = ledgers.incarnations(ledger)[0]
    with closing(sqlite3.connect(ledger, isolation_level=None)) as db:
        db.execute("drop trigger entries_stand")
        db.execute("update entries set leaf = cast(replace(cast(leaf as text), ':800', ':700') as blob) where seq = 5")
    daemon.open()
    for out in (tmp_path / "beside", tmp_path / "alone"):
        command = [sys.executable, "-m", "appliance", "export", str(out), "--dir", str(daemon.data)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 1
        assert "the box does not sign them" in done.stderr
        assert [batch.read(path.read_bytes(), key("box").public).incarnation == old for path in out.iterdir()] == [
            False
        ]
        if out.name == "beside":
            assert daemon.stop() == 0


def test_lost_second_place(daemon: Daemon) -> None:
    """Without its second place the box cannot know what was sold since: every free number waits for the owner."""
    (daemon.data / "keys" / "second-place").unlink()
    daemon.open()
    assert {"restored", "blocked"} <= codes(daemon)
    drop = objects(daemon.status()["drops"])[0]
    assert (drop["sold"], drop["blocked"], drop["left"]) == (10, 10, 0)
