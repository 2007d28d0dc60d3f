"""A box's first day under strace: set up, fed, selling, killed within a commit, selling again. What it asked of the
kernel is kept, call by call."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core.entries import split_reference
from tests.crash.syscalls import FILES, SOCKETS, Moment, ended, tracer, watching
from tests.organizer import Organizer
from tests.running import ROOT, Daemon, selling

EDITION = 600
SELLERS = 8
KILLED_AT_SYNC = 32  # of the thread that writes the ledger; each commit has two, and this is a WAL's


@dataclass
class Recording:
    """`lives`: the moments of each process, the first of them setting the box up. `data`: what they left."""

    box_folder: Path
    data: Path
    organizer: Organizer
    lives: list[list[Moment]] = field(default_factory=list)
    voided: list[tuple[int, int]] = field(default_factory=list)


def record(folder: Path) -> Recording:
    """The day, in a new folder. Only `Recording.data.parent` holds what the processes wrote."""
    (folder / "power").mkdir()
    with selling(folder, EDITION, "made") as prepared:
        recording = Recording(_box_folder(prepared.data, folder / "box"), folder / "power" / "data", Organizer(folder))
        daemon = Daemon(recording.data, int(prepared.address.rpartition(":")[2]))
    try:
        _set_up(recording, folder / "0.trace")
        with _life(daemon, recording, folder / "1.trace"):
            _take_in(daemon, folder / "harbour-lights-v1.drop")
            _sell(daemon, range(120))
            _redeem(daemon, recording.organizer, 10)
            _void(daemon, recording, 10)
            _sell_together(daemon, range(200, 320))
            assert daemon.stop() == 0, daemon.log()
        with _life(daemon, recording, folder / "2.trace", f"fdatasync:signal=KILL:when={KILLED_AT_SYNC}"):
            unanswered = _sell_until_it_dies(daemon, range(320, 400))
        _check_was_syncing_the_wal(recording.lives[-1])
        with _life(daemon, recording, folder / "3.trace"):
            _sell(daemon, range(unanswered, unanswered + 60))
            _sell_together(daemon, range(400, 460))
            daemon.kill()
    finally:
        daemon.close()
    _check_was_a_day(recording)
    return recording


def _box_folder(made: Path, folder: Path) -> Path:
    """What `stallbox-organizer box add` hands over."""
    folder.mkdir()
    for path in (made / "stallbox.toml", made / "keys" / "box.key", made / "keys" / "owner-card.json"):
        shutil.copy2(path, folder)
    return folder


def _set_up(recording: Recording, trace: Path) -> None:
    command = [sys.executable, "-m", "appliance", "init", str(recording.box_folder), "--dir", str(recording.data)]
    with subprocess.Popen([*watching(FILES, trace), *command], cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        watcher = tracer(process.pid)
        assert process.wait(30) == 0
    recording.lives.append(ended(trace, watcher))


@contextlib.contextmanager
def _life(daemon: Daemon, recording: Recording, trace: Path, inject: str = "") -> Iterator[None]:
    """The daemon from its start to its end, which comes within the block."""
    daemon.start(*watching(f"{FILES},{SOCKETS}", trace, inject))
    watcher = tracer(daemon.pid)
    daemon.wait_open()
    yield
    daemon.close()
    recording.lives.append(ended(trace, watcher))


def _take_in(daemon: Daemon, bundle: Path) -> None:
    shutil.copytree(bundle, daemon.data / "inbox" / bundle.name)
    end = time.monotonic() + 30
    while not daemon.status()["drops"]:
        assert time.monotonic() < end, daemon.log()
        time.sleep(0.1)


def _sell(daemon: Daemon, numbers: Iterable[int]) -> None:
    for number in numbers:
        daemon.sell(f"sale-{number}")
        if number % 5 == 0:
            daemon.status()


def _sell_together(daemon: Daemon, numbers: Iterable[int]) -> None:
    with ThreadPoolExecutor(SELLERS) as sellers:
        list(sellers.map(lambda number: daemon.sell(f"sale-{number}"), numbers))


def _sell_until_it_dies(daemon: Daemon, numbers: Iterable[int]) -> int:
    """The number of the sale that got no answer."""
    for number in numbers:
        try:
            daemon.sell(f"sale-{number}")
        except (ConnectionError, http.client.RemoteDisconnected, urllib.error.URLError):
            return number
    raise AssertionError(f"{KILLED_AT_SYNC} syncs were survived")


def _check_was_a_day(recording: Recording) -> None:
    """Sales shared commits, and the WAL was brought into the file while the box sold."""
    first, last = (_synced(recording.lives[life]) for life in (1, 3))
    assert first["second-place"] < 270
    assert last["ledger.db"] > 0


def _synced(life: list[Moment]) -> Counter[str]:
    """How often each file was synced with fdatasync, as SQLite does."""
    return Counter(m.call.files[0][1].name for m in life if m.has_ended and m.call.name == "fdatasync")


def _check_was_syncing_the_wal(life: list[Moment]) -> None:
    unended = [moment.call for moment in life if "sync" in moment.call.name and moment.call.result is None]
    assert {call.files[0][1].name for call in unended} == {"ledger.db-wal"}, "take another KILLED_AT_SYNC"


def _redeem(daemon: Daemon, organizer: Organizer, count: int) -> None:
    status = daemon.status()
    drop = organizer.drop().id
    clock = status["clock"]
    assert isinstance(clock, dict)
    for _ in range(count):
        token = organizer.token(str(status["box"]), drop, issued=clock["lo"], expires=clock["lo"] + 3600)
        assert "/c/" in _post(daemon, "/redeem", token=token)


def _void(daemon: Daemon, recording: Recording, count: int) -> None:
    for number in range(count):
        sales = daemon.sell(f"mistake-{number}")["sales"]
        assert isinstance(sales, list)
        reference = sales[0]["sale"]
        recording.voided.append(split_reference(reference))
        assert "done=void" in _post(daemon, f"/console/sales/{reference}/void", reason="Two taps")


def _post(daemon: Daemon, path: str, **form: str) -> str:
    """Sends a form; where the answer leads."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(daemon.address).netloc, timeout=10)
    with contextlib.closing(connection):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        connection.request("POST", path, urllib.parse.urlencode(form), headers)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 303, said
        return answer.getheader("Location") or ""
