"""The real daemon under Debian's libfaketime: its system clock lies, CLOCK_BOOTTIME does not.

adjtimex(2) is not faked: where this machine is synchronised its kernel vouches for the lie, and the box contradicts it
or asks; where it is not, the lie is ignored. What has passed for certain is the same either way.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from appliance.services.clock import ntp_error_s
from tests import ledgers
from tests.organizer import NOW
from tests.running import Daemon, Json, selling

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
LIES = {"1970": "@1970-01-02 00:00:00", "4 days back": "-4d", "2099": "@2099-01-02 00:00:00"}

pytestmark = [pytest.mark.faketime, pytest.mark.skipif(LIBRARY is None, reason="needs Debian's faketime")]


def under(lie: str) -> list[str]:
    """Starts a program under a lie, or under what the file that `lie` names says at each moment.

    Not by `faketime` itself, which would stand between the test and the daemon's process.
    """
    source = "FAKETIME_TIMESTAMP_FILE" if lie.startswith("/") else "FAKETIME"
    return ["env", f"LD_PRELOAD={LIBRARY}", f"{source}={lie}", "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A box with papers of NOW, which is a lower bound of time whatever this machine's clock says."""
    with selling(tmp_path, 40) as made:
        yield made


def start(daemon: Daemon, lie: str) -> None:
    daemon.start(*under(lie))
    daemon.wait_open()


def lo(daemon: Daemon) -> int:
    found = daemon.status()["clock"]
    assert isinstance(found, dict)
    return int(found["lo"])


def passed() -> int:
    """What a box without lies would be sure of: its papers, and this machine's time where that is synchronised."""
    return NOW if ntp_error_s() is None else max(NOW, int(time.time()) - 60)


def check_log(daemon: Daemon, sold: list[Json]) -> None:
    """Every acknowledged number is in the log once, and along it time never went back."""
    log = ledgers.log(daemon.data / "ledger.db")
    told = sorted(sale["number"] for answer in sold for sale in answer["sales"])  # type: ignore[attr-defined]
    assert told == sorted(set(told))
    assert told == sorted(entry.fields["number"] for entry in log if entry.type == "sale")  # type: ignore[type-var]
    assert all(a.time.lo <= b.time.lo for a, b in pairwise(log))


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_the_lie(lie: str) -> None:
    """The system clock lies by days at least, and CLOCK_BOOTTIME is true: else nothing here would be tested."""
    probe = "import time; print(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME))"
    answer = subprocess.run([*under(lie), sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    wall, boottime = map(float, answer.stdout.split())
    assert abs(wall - time.time()) > 3 * 86_400
    assert abs(boottime - time.clock_gettime(time.CLOCK_BOOTTIME)) < 10


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_wrong_start(daemon: Daemon, lie: str) -> None:
    """It opens, sells, and takes nothing for over or not begun because of a clock that lies."""
    start(daemon, lie)
    assert passed() <= lo(daemon) < passed() + 3600
    sold = [daemon.sell(quantity=5), daemon.sell()]
    assert daemon.stop() == 0, daemon.log()
    check_log(daemon, sold)


def test_lies_one_after_the_other(daemon: Daemon) -> None:
    """Each start believes in another year; lo goes on from the floor, and the order of sales is the log's."""
    sold, before = [], 0
    for lie in (*LIES.values(), "-90d", LIES["1970"]):
        start(daemon, lie)
        now = lo(daemon)
        assert now >= before
        sold += [daemon.sell(quantity=2)]
        before = now  # the sale has put it on disk
        daemon.kill()
    assert passed() <= before < passed() + 3600
    check_log(daemon, sold)


def test_jumps_during_sales(daemon: Daemon, tmp_path: Path) -> None:
    """The system clock is set forward and back under a selling box: timeouts, order and claims do not notice."""
    lie = tmp_path / "lie"
    lie.write_text("+0d")
    start(daemon, str(lie))
    sold = []
    for jump in ("+0d", "+20y", "-40d", "+2y", "-20y", "+0d"):
        lie.write_text(jump)
        sold += [daemon.sell(quantity=2)]
        url = str(sold[-1]["sales"][0]["url"])  # type: ignore[index]
        with urllib.request.urlopen(f"{daemon.address}/c/{url.rpartition('/')[2]}", timeout=10) as page:
            assert page.status == 200
    assert passed() <= lo(daemon) < passed() + 3600
    assert daemon.stop() == 0, daemon.log()
    check_log(daemon, sold)
