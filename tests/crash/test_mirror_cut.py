"""A mirror stick that is pulled out, or loses power: it keeps what was synced, and of the rest what it likes.

The box works under strace; its writes and syncs are played back onto a stick that forgets.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from appliance.core import claim
from appliance.core.entries import split_reference
from appliance.store.mirror import reading
from appliance.store.mirror.places import Places
from appliance.store.mirror.reading import Identity
from tests.box import CARD
from tests.crash.disk import Cut, Disk
from tests.crash.syscalls import FILES, Moment, ended, tracer, watching
from tests.depth import depth
from tests.running import ROOT, Json, selling

pytestmark = pytest.mark.crash

SALES, WAYS, SEED = 40, depth(1, len(Cut)), 1  # each sync is cut, in so many ways by turns
SHARED_MEMORY = Path("/dev/shm")


def test_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pulled out at a sync: every sale that was told is proved on the stick, and so are its claim and its number."""
    stick = tmp_path / "slot" / "stick"
    stick.mkdir(parents=True)
    with selling(tmp_path, SALES * 2) as box:
        moments = _watched(box.data, stick, tmp_path / "trace")
    identity = reading.open_identity(reading.find(stick), CARD)
    told: list[Json] = []
    disk, chance, count, opened = Disk(stick), random.Random(SEED), 0, 0
    for moment in moments:
        if disk.is_about_to_sync(moment):
            count += 1
            for way in range(WAYS):
                with _left(disk, list(Cut)[(count + way) % len(Cut)], chance) as left:
                    _check(left, identity, told)
                    opened += 1
        disk.take(moment)
        told += _told(moment)
    assert len(told) == SALES
    with capsys.disabled():
        print(f"\n{count} syncs of a mirror stick, {opened} cuts, {SALES} sales told, seed {SEED}")  # noqa: T201
    _check(stick, identity, told)


def _watched(data: Path, stick: Path, trace: Path) -> list[Moment]:
    words = [sys.executable, "-m", "tests.crash.mirrored", str(data), str(stick), str(SALES)]
    with subprocess.Popen([*watching(FILES, trace), *words], cwd=ROOT, stdout=subprocess.PIPE) as process:
        watcher = tracer(process.pid)
        process.communicate(timeout=120)
    assert process.returncode == 0
    return ended(trace, watcher)


def _told(moment: Moment) -> list[Json]:
    call = moment.call
    if moment.has_ended or call.name != "write" or not call.texts[0].startswith(b'{"sale"'):
        return []
    return [json.loads(call.texts[0])]


@contextmanager
def _left(disk: Disk, cut: Cut, chance: random.Random) -> Iterator[Path]:
    """What may be left of the stick."""
    with TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as name:
        disk.after(cut, chance, Path(name))
        yield Path(name)


def _check(stick: Path, identity: Identity, told: list[Json]) -> None:
    places = Places(stick / "STALLBOX" / "MIRROR")
    if not told:
        return
    assert reading.read_terms(places, identity)[0].is_sync
    logs = reading.read_logs(places, identity.key.public)
    codes = reading.read_unsaid(places, identity.secret).codes
    sold = {entry.reference: entry.fields for log in logs for entry in log.entries if entry.type == "sale"}
    for sale in told:
        entry = sold[str(sale["sale"])]
        assert entry["number"] == sale["number"]
        assert codes[split_reference(str(sale["sale"]))] == sale["claim"]
        assert entry["claim"] == claim.claim_hash(str(sale["claim"]))
