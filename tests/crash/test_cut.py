"""Lost power, not a killed process: the card keeps what was synced, and of the rest what it likes.

The daemon works under strace; its writes and syncs are played back onto a disk that forgets, and at every sync
what is left of it is opened again by the box's own code.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from appliance import founding
from appliance.core import entries
from appliance.core.claim import claim_hash
from appliance.core.entries import split_reference
from appliance.core.sale import Order
from appliance.premises import open_stall_in
from appliance.stall.catalogue import Catalogue
from appliance.store.ledger import Ledger
from tests import ledgers
from tests.crash.disk import Cut, Disk
from tests.crash.recording import Recording, record
from tests.crash.syscalls import Call
from tests.depth import depth
from tests.running import Json

pytestmark = pytest.mark.crash

SEED = 1
AT_LEAST = 500
EVERY, WAYS = depth((3, 1), (1, len(Cut)))  # one sync in so many is cut, in so many ways by turns
SELLS_ON = 10  # after one cut in so many a copy is sold to see what it is
SHARED_MEMORY = Path("/dev/shm")
SHM = "ledger.db-shm"  # written through a mapping, and rubbish after a cut
NOT_KEPT = ("inbox", "frames", "daemon.log", SHM)
SOLD = "select incarnation, seq, number, hash, voided from sales join claims using (incarnation, seq)"


@dataclass
class Told:
    """What the box has told somebody; it must hold whatever happens next."""

    sales: dict[tuple[int, int], Json] = field(default_factory=dict)
    redeemed: set[str] = field(default_factory=set)  # claims
    voids: int = 0
    size: int = 0
    drops: int = 0

    def hear(self, call: Call) -> None:
        """Reads an answer as it goes out."""
        for text in call.texts:
            head, _, body = text.partition(b"\r\n\r\n")
            if place := re.search(rb"^Location: (.*)$", head, re.MULTILINE):
                self._hear_place(place[1].decode().strip())
            if body.startswith(b'{"group"'):
                self.sales |= {split_reference(sale["sale"]): sale for sale in json.loads(body)["sales"]}
            elif body.startswith(b'{"box"'):
                status = json.loads(body)
                self.size = max(self.size, status["size"])
                self.drops = max(self.drops, len(status["drops"]))

    def _hear_place(self, place: str) -> None:
        if "/c/" in place:
            self.redeemed.add(place.rpartition("/")[2])
        elif "done=void" in place:
            self.voids += 1


@dataclass
class Day:
    """What was recorded, and the log that came of it in the end."""

    recording: Recording
    leaves: list[bytes]


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder for disks that are made and thrown away."""
    with TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as folder:
        yield Path(folder)


def test_cut(tmp_path: Path, memory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Power cut at a sync: all that was told is there, the file whole, the log the same, no number sold twice."""
    began = time.monotonic()
    recording = record(tmp_path)
    recorded = time.monotonic()
    day = Day(recording, _leaves(recording.data / "ledger.db"))
    told = Told()
    syncs = asyncio.run(_cut_at_every_sync(day, told, memory))
    with capsys.disabled():
        print(  # noqa: T201  # the numbers are what a reader of CI wants to see
            f"\n{syncs} syncs, one in {EVERY} cut, in {WAYS} of {len(Cut)} ways: {syncs // EVERY * WAYS} disks opened "
            f"in {time.monotonic() - recorded:.0f} s after {recorded - began:.0f} s of recording; told: "
            f"{len(told.sales)} sales, {len(told.redeemed)} redemptions, {told.voids} voids; seed {SEED}"
        )
    assert syncs >= AT_LEAST
    assert (len(told.redeemed), told.voids, told.drops) == (10, 10, 1)


async def _cut_at_every_sync(day: Day, told: Told, memory: Path) -> int:
    """How many syncs there were."""
    disk = Disk(day.recording.data.parent, NOT_KEPT)
    count = 0
    for life, moments in enumerate(day.recording.lives):
        for moment in moments:
            if disk.is_about_to_sync(moment):
                count += 1
                for cut in _ways(count):
                    chance = random.Random(f"{SEED} {count} {cut.value}")
                    try:
                        with _disk_after(disk, cut, chance, memory) as data:
                            if life == 0:
                                _set_up_again(data, day.recording.box_folder)
                            await _check(data, day, told, sells=bool(told.drops) and count // EVERY % SELLS_ON == 0)
                    except BaseException as fault:
                        fault.add_note(f"life {life}, sync {count}, of {moment.call.files[0][1]}, {cut.value}")
                        raise
            if not moment.has_ended:
                told.hear(moment.call)
            disk.take(moment)
    return count


def _ways(count: int) -> list[Cut]:
    """How the sync of this number is cut."""
    turn, rest = divmod(count, EVERY)
    return [] if rest else [list(Cut)[(turn + way) % len(Cut)] for way in range(WAYS)]


@contextmanager
def _disk_after(disk: Disk, cut: Cut, chance: random.Random, memory: Path) -> Iterator[Path]:
    """The data directory as it is found after the cut."""
    folder = memory / "disk"
    folder.mkdir()
    disk.after(cut, chance, folder)
    data = folder / "data"
    if data.exists():
        (data / SHM).write_bytes(chance.randbytes(32768))
    yield data
    shutil.rmtree(folder)


def _set_up_again(data: Path, box_folder: Path) -> None:
    """`stallbox init` had not answered yet, so whoever typed it types it again."""
    if not (data / "stallbox.toml").exists():
        founding.found(box_folder, data)


async def _check(data: Path, day: Day, told: Told, *, sells: bool) -> None:
    async with open_stall_in(data) as (stall, _):
        house = stall.house
        assert "ledger" not in house.faults, house.faults
        assert len(stall.catalogue.drops) >= told.drops
        _check_log(data / "ledger.db", house.ledger, day, told)
        _check_papers(data / "ledger.db", stall.catalogue)
        held = _check_rows(data / "ledger.db", day.recording.voided, told)
        if sells:
            sold = await stall.seller.sell(Order("harbour-lights"))
            assert sold[0].number not in held


def _check_log(path: Path, ledger: Ledger, day: Day, told: Told) -> None:
    """The log is the day's, at least as far as was told; what follows is the new start's own.

    Papers that were kept before their entry was are entered by the new start.
    """
    leaves = _leaves(path)
    same = [found == recorded for found, recorded in zip(leaves, day.leaves, strict=False)]
    kept = [*same, False].index(False)
    assert kept >= told.size
    assert {entries.read(leaf).type for leaf in leaves[kept:]} <= (
        {"clock", "papers"} if kept else {"restart", "clock"}
    )
    assert (ledger.head.size, ledger.head.root) == (len(leaves), ledgers.root(leaves))


def _check_papers(path: Path, catalogue: Catalogue) -> None:
    """Every paper that is held has its entry, once."""
    noted = [entry.fields["sha256"] for entry in map(entries.read, _leaves(path)) if entry.type == "papers"]
    assert len(set(noted)) == len(noted)
    assert {version.digest for held in catalogue.drops for version in held.versions} <= set(noted)
    assert {trust.digest for trust in (catalogue.chain.versions if catalogue.chain else ())} <= set(noted)


def _check_rows(path: Path, voided: list[tuple[int, int]], told: Told) -> set[int]:
    """Every sale, redemption and void that was told is there; no number is sold twice. The numbers that are sold.

    A void more than was told may be there: the one that is under way.
    """
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("pragma quick_check").fetchall() == [("ok",)]
        sold = {(row[0], row[1]): row[2:] for row in db.execute(SOLD)}
        held = [row[0] for row in db.execute("select number from numbers where state = 'sold'")]
    for reference, sale in told.sales.items():
        assert sold[reference][:2] == (sale["number"], claim_hash(str(sale["claim"])))
    assert {claim_hash(code) for code in told.redeemed} <= {row[1] for row in sold.values()}
    returned = {reference for reference, row in sold.items() if row[2]}
    assert set(voided[: told.voids]) <= returned <= set(voided[: told.voids + 1])
    assert sorted(held) == sorted(row[0] for reference, row in sold.items() if reference not in returned)
    return set(held)


def _leaves(ledger: Path) -> list[bytes]:
    return ledgers.leaves(ledger, ledgers.incarnations(ledger)[-1])
