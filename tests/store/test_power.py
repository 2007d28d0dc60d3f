"""What the kernel is asked for between a request and its answer: a power cut takes only what was not synced yet."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Daemon, selling

STRACE = shutil.which("strace")
CALLS = "pwrite64,write,sendto,sendmsg,fsync,fdatasync,recvfrom,read"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    if STRACE is None:
        pytest.skip("strace is not installed")
    probe = subprocess.run([STRACE, "-e", "trace=none", "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"ptrace is not allowed here: {probe.stderr.strip()}")
    with selling(tmp_path, 10) as made:
        yield made


def traced_sale(daemon: Daemon, trace: Path) -> list[str]:
    """The system calls of one sale, from its request to its answer, in the order in which they were done."""
    daemon.open()
    daemon.sell()  # files are open and allocated from here on
    assert STRACE is not None
    watching = [STRACE, "-f", "-y", "-s", "64", "-e", f"trace={CALLS}", "-o", str(trace), "-p", str(daemon.pid)]
    with subprocess.Popen(watching, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        assert "attached" in strace.stderr.readline()
        daemon.sell()
        time.sleep(0.2)
        strace.terminate()
        strace.communicate()
    lines = ended(trace.read_text().splitlines())
    first = next(index for index, line in enumerate(lines) if "POST /api/v1/sales" in line)
    last = next(index for index, line in enumerate(lines) if index > first and "HTTP/1.1 200" in line)
    return lines[first : last + 1]


def ended(lines: list[str]) -> list[str]:
    """The calls in the order in which they ended: one that another thread interrupted counts where it is resumed."""
    begun: dict[str, str] = {}
    calls = []
    for line in lines:
        thread, call = line.split(maxsplit=1)
        if call.endswith("<unfinished ...>"):
            begun[thread] = call.removesuffix("<unfinished ...>")
        elif "resumed>" in call:
            calls.append(begun.pop(thread, "") + call.partition("resumed>")[2])
        else:
            calls.append(call)
    return calls


def place(calls: list[str], pattern: str, after: int = 0) -> int:
    """The index of the first call from `after` on that matches; AssertionError where there is none."""
    found = [index for index, line in enumerate(calls) if index >= after and re.search(pattern, line)]
    assert found, f"no {pattern} in\n" + "\n".join(calls[after:])
    return found[0]


def test_syncs_before_the_answer(daemon: Daemon, tmp_path: Path) -> None:
    """WAL written, WAL synced, second place written, second place synced: only then does the answer go out."""
    calls = traced_sale(daemon, tmp_path / "trace")
    wal = place(calls, r"pwrite64\(.*ledger\.db-wal")
    wal_synced = place(calls, r"(fdatasync|fsync)\(.*ledger\.db-wal", wal)
    second = place(calls, r"pwrite64\(.*keys/second-place", wal_synced)
    second_synced = place(calls, r"(fdatasync|fsync)\(.*keys/second-place", second)
    answer = place(calls, r"HTTP/1\.1 200")
    assert second_synced < answer == len(calls) - 1
    late = [line for line in calls[wal_synced + 1 :] if "pwrite64(" in line and "ledger.db" in line]
    assert not late, "something was written to the ledger after its sync"
