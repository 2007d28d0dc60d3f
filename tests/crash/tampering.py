"""Makes a running program's system calls fail or hang for a while: strace attached with `inject`."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.crash.syscalls import strace


@contextlib.contextmanager
def tampering(process: int, calls: str, how: str, *paths: Path) -> Iterator[None]:
    """Within the block these calls, where paths are named only those on them, behave as `how` says (strace(1))."""
    only = [word for path in paths for word in ("-P", str(path))]
    command = [strace(), "-f", "-p", str(process), "-o", "/dev/null", *only]
    command += ["-e", f"trace={calls}", "-e", f"inject={calls}:{how}", "-e", "signal=none"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        try:
            _wait_until_all_are_traced(process, tracer)
            yield
        finally:
            tracer.terminate()
            tracer.communicate()


def _wait_until_all_are_traced(process: int, tracer: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 10
    while not all(_tracer(status) == tracer.pid for status in Path(f"/proc/{process}/task").glob("*/status")):
        assert tracer.poll() is None, tracer.stderr and tracer.stderr.read()
        assert time.monotonic() < end, "strace does not attach"
        time.sleep(0.01)


def _tracer(status: Path) -> int:
    lines = status.read_text().splitlines()
    return next(int(line.partition(":")[2]) for line in lines if line.startswith("TracerPid:"))
