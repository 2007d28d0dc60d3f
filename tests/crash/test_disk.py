"""A disk that is full, read-only, failing or slow under the running daemon: what it says, and that it recovers."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import statistics
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from tests import ledgers, reading
from tests.crash.syscalls import strace
from tests.crash.tampering import tampering
from tests.depth import depth
from tests.running import Daemon, Json, selling

pytestmark = pytest.mark.crash

SELLERS, EDITION = 8, 200
STALL_S = depth(2, 5)
LOOKS = 100
ALLOWED_S = 0.5


@dataclass(frozen=True)
class Answer:
    status: int
    body: str

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found


def ask(daemon: Daemon, path: str, order: Json | None = None, key: str = "", **headers: str) -> Answer:
    """GET, or POST of an order, whatever the answer's status."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(daemon.address).netloc, timeout=60)
    with contextlib.closing(connection):
        body = json.dumps(order) if order is not None else None
        named = {"Idempotency-Key": f'"{key}"'} if key else {}
        connection.request("POST" if order is not None else "GET", path, body, {**named, **headers})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode())


def order(daemon: Daemon, key: str) -> Answer:
    return ask(daemon, "/api/v1/sales", {"drop": "harbour-lights"}, key)


def order_together(daemon: Daemon, name: str, count: int) -> dict[str, Answer]:
    """So many orders by eight sellers, the answers by key."""
    keys = [f"{name}-{number}" for number in range(count)]
    with ThreadPoolExecutor(SELLERS) as sellers:
        return dict(zip(keys, sellers.map(lambda key: order(daemon, key), keys), strict=True))


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with selling(tmp_path, EDITION) as made:
        add_screen(made)
        made.open()
        yield made


def add_screen(daemon: Daemon) -> None:
    with (daemon.data / "stallbox.toml").open("a") as settings:
        settings.write('[[display]]\nkind = "file"\n')


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB; its screen's pictures go elsewhere, since a screen needs no disk."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "stallbox-test", str(disk)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"mounting is not allowed here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Leaves no room at all."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


def test_full_disk(tmp_path: Path, small_disk: Path) -> None:
    """Disk full: the order is refused with a sentence, on the screen too; with room again it is sold, nothing lost."""
    with selling(tmp_path, EDITION) as made:
        add_screen(made)
        shutil.copytree(made.data, small_disk / "data", ignore=shutil.ignore_patterns("frames", "*.sock"))
        daemon = Daemon(small_disk / "data", int(made.address.rpartition(":")[2]))
    (tmp_path / "frames").mkdir()
    (daemon.data / "frames").symlink_to(tmp_path / "frames")
    with contextlib.closing(daemon):
        daemon.open()
        wait_for(lambda: shows_code(daemon), "the shop on the screen")
        ballast = fill(small_disk)
        refused = order_together(daemon, "full", 40)
        assert len(check_refusals(refused, "disk is full")) == 40
        check_said(daemon, "disk is full")
        wait_for(lambda: not shows_code(daemon), "the fault on the screen")
        ballast.unlink()
        check_recovered(daemon, order_together(daemon, "full", 40))


@pytest.mark.parametrize(
    ("calls", "error"),
    [
        ("pwrite64", "ENOSPC"),
        ("fdatasync", "EIO"),
        ("pwrite64,fdatasync", "EIO"),
        *depth([], [("pwrite64", "EROFS"), ("pwrite64", "EIO")]),
    ],
)
def test_failing_disk(daemon: Daemon, calls: str, error: str) -> None:
    """Full, read-only, failing under sale: each order is sold or refused with a sentence, and it recovers by itself."""
    text = "disk is full" if error == "ENOSPC" else "cannot be written"
    answers: dict[str, Answer] = {}
    for turn in ("first", "second"):
        with tampering(daemon.pid, calls, f"error={error}", *ledger_files(daemon.data)):
            failing = order_together(daemon, f"{turn} failing", 40)
            assert len(check_refusals(failing, text)) == 40
            check_said(daemon, text)
            if not answers:  # later the claims that wait are on the screen
                wait_for(lambda: not shows_code(daemon), "the fault on the screen")
        after = order_together(daemon, f"{turn} after", 16)
        assert {answer.status for answer in after.values()} == {200}, after
        answers |= after
    check_recovered(daemon, answers)


def test_killed_while_syncs_fail(daemon: Daemon) -> None:
    """A restart may find what was refused for want of a sync, and the refusal said so; a repetition sells it once."""
    answers = order_together(daemon, "before", 16)
    with tampering(daemon.pid, "fdatasync", "error=EIO", *ledger_files(daemon.data)):
        failing = order_together(daemon, "failing", 16)
        assert len(check_refusals(failing, "Look at the last sales before you repeat it")) == 16
        daemon.kill()
    daemon.open()
    answers |= {key: order(daemon, key) for key in failing}
    check_recovered(daemon, answers)


def test_one_failed_sync(daemon: Daemon) -> None:
    """After one sync that failed nothing was sold, as the refusal says: no restart finds it."""
    answers = order_together(daemon, "before", 16)
    with tampering(daemon.pid, "fdatasync", "error=EIO:when=1", *ledger_files(daemon.data)):
        refused = order(daemon, "refused")
        assert check_refusals({"refused": refused}, "Nothing was sold; try again")
        daemon.kill()
    daemon.open()
    check_recovered(daemon, answers)


def test_failing_reads(daemon: Daemon) -> None:
    """A disk that gives nothing back: looks and sales are answered with 503, and it recovers by itself."""
    answers = order_together(daemon, "before", 16)
    with tampering(daemon.pid, "pread64", "error=EIO", *ledger_files(daemon.data)):
        failing = order_together(daemon, "failing", 16)
        check_refusals(failing, "cannot be")
        for page in ("/", "/drops/harbour-lights", "/console", "/api/v1/status"):
            answer = ask(daemon, page)
            assert answer.status in {200, 503}, answer  # what SQLite has in memory needs no disk
    answers |= {key: order(daemon, key) for key in failing}
    check_recovered(daemon, answers)


@pytest.mark.parametrize("first", [1, 30], ids=["at once", "while it is checked, which SQLite takes for damage"])
def test_failing_start(daemon: Daemon, first: int) -> None:
    """A ledger that the disk does not give is no damaged one: the box says so and ends, and the file stays in force."""
    answers = order_together(daemon, "before", 16)
    assert daemon.stop() == 0
    on = [word for path in ledger_files(daemon.data) for word in ("-P", str(path))]
    failing = ["-e", "inject=read:error=EIO", "-e", f"inject=pread64:error=EIO:when={first}+"]
    daemon.start(strace(), "-D", "-f", "-o", "/dev/null", *on, *failing)
    wait_for(lambda: "cannot be opened" in daemon.log(), "its end")
    daemon.close()
    assert not list(daemon.data.glob("ledger.damaged-*"))
    daemon.open()
    check_recovered(daemon, answers)


@pytest.mark.parametrize(("calls", "error"), [("pwrite64", "EIO"), ("fdatasync", "EIO")])
def test_failing_second_place(daemon: Daemon, calls: str, error: str) -> None:
    """While the second place fails nobody hears of a sale, and every repetition gets its one sale when it works."""
    answers = order_together(daemon, "before", 16)
    with tampering(daemon.pid, calls, f"error={error}", daemon.data / "keys" / "second-place"):
        failing = order_together(daemon, "failing", 40)
        assert {answer.status for answer in failing.values()} == {503}
        check_said(daemon, "not in the second place", "cannot be written")
    answers |= {key: order(daemon, key) for key in failing}
    check_recovered(daemon, answers)


def test_stalled_sync(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    """While a sync takes seconds the shop answers: 95 of 100 looks within half a second, the status as well."""
    daemon.sell()
    pages = ["/", "/drops/harbour-lights", "/api/v1/status", "/console", "/console/sales"]
    for page in pages:
        assert ask(daemon, page).status == 200
    with (
        tampering(daemon.pid, "fsync,fdatasync", f"delay_exit={STALL_S * 1_000_000}"),
        ThreadPoolExecutor(SELLERS) as sellers,
    ):
        began = time.monotonic()
        waiting = sellers.submit(order, daemon, "stalled")
        time.sleep(0.2)
        times = {page: sorted(look(daemon, page) for _ in range(LOOKS // len(pages))) for page in pages}
        assert not waiting.done()
        assert waiting.result().status == 200
        took = time.monotonic() - began
    together = [seconds for found in times.values() for seconds in found]
    p95 = statistics.quantiles(together, n=20)[-1]
    with capsys.disabled():
        worst = ", ".join(f"{page} {found[-1] * 1000:.0f}" for page, found in times.items())
        print(f"\na sale took {took:.1f} s; p95 of {len(together)} looks {p95 * 1000:.0f} ms; worst: {worst} ms")  # noqa: T201
    assert took > STALL_S
    assert p95 < ALLOWED_S
    faults = ask(daemon, "/api/v1/status").json["faults"]
    assert [fault for fault in faults if fault["code"] != "disk-low"] == []  # of so small a disk that is always true


def look(daemon: Daemon, page: str) -> float:
    """Seconds until the page was there."""
    began = time.monotonic()
    assert ask(daemon, page, Accept="text/html").status == 200
    return time.monotonic() - began


def ledger_files(data: Path) -> list[Path]:
    return [data / "ledger.db", data / "ledger.db-wal"]


def check_refusals(answers: dict[str, Answer], text: str) -> list[str]:
    """Each order was sold or refused as documented; the keys of the refused."""
    refused = {key: answer for key, answer in answers.items() if answer.status != 200}
    for answer in refused.values():
        assert (answer.status, answer.json["code"]) == (503, "not-ready")
        assert text in str(answer.json["detail"])
    return list(refused)


def check_said(daemon: Daemon, *texts: str) -> None:
    """The status says why nothing is sold, and the shop is open for looking."""
    faults = ask(daemon, "/api/v1/status").json["faults"]
    assert isinstance(faults, list)
    said = [fault["text"] for fault in faults if fault["code"] == "not-ready"]
    assert any(text in one for one in said for text in texts), faults
    for page in ("/", "/drops/harbour-lights"):
        assert ask(daemon, page, Accept="text/html").status == 200


def check_recovered(daemon: Daemon, answers: dict[str, Answer]) -> None:
    """No fault is left, the screen has something to scan, and the log holds what was told and no more, also killed."""
    faults = ask(daemon, "/api/v1/status").json["faults"]
    assert [fault for fault in faults if fault["code"] != "disk-low"] == []  # of so small a disk that is always true
    sold = {key: answer.json for key, answer in answers.items() if answer.status == 200}
    sold["last"] = daemon.sell("last")
    wait_for(lambda: shows_code(daemon), "a code on the screen")
    daemon.kill()
    daemon.open()
    assert {key: order(daemon, key).json for key in sold} == sold
    daemon.kill()
    told = {sale["sale"]: sale["number"] for answer in sold.values() for sale in _objects(answer["sales"])}
    log = ledgers.log(daemon.data / "ledger.db")
    assert {e.reference: e.fields["number"] for e in log if e.type == "sale"} == told
    assert len(set(told.values())) == len(told)


def _objects(value: object) -> list[Json]:
    assert isinstance(value, list)
    return value


def shows_code(daemon: Daemon) -> bool:
    """Whether there is something to scan on the screen. The page of a fault has nothing."""
    latest = daemon.data / "frames" / "latest.png"
    if not latest.exists():
        return False
    with Image.open(latest) as picture:
        return bool(reading.codes(picture))


def wait_for(happens: Callable[[], bool], what: str, patience_s: float = 20.0) -> None:
    end = time.monotonic() + patience_s
    while not happens():
        assert time.monotonic() < end, f"{what}: not within {patience_s:.0f} s"
        time.sleep(0.1)
