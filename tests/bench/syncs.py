"""Debian's strace around a process: counts its fsyncs and, where asked, makes each of them slow.

seccomp lets every other call pass untouched, so that only the syncs pay for being watched.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_CALLS = "fsync,fdatasync"
MISSING = "strace is missing or may not trace here: sudo apt-get install strace"


def is_available() -> bool:
    """Whether strace is here and may trace."""
    command = [shutil.which("strace") or "/usr/bin/strace", *_options(0), "true"]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def watched(command: Sequence[str], trace: Path, delay_us: int = 0) -> list[str]:
    """`command` with its syncs noted in `trace`; each takes `delay_us` microseconds longer.

    The tracer stands aside: the process id is the command's own, and signals reach it.
    """
    return ["strace", "--daemonize", *_options(delay_us), "-o", str(trace), *command]


def _options(delay_us: int) -> list[str]:
    slow = ["-e", f"inject={_CALLS}:delay_exit={delay_us}"] if delay_us else []
    return ["--follow-forks", "--quiet=all", "--seccomp-bpf", "--absolute-timestamps=format:unix,precision:us",
            "-e", f"trace={_CALLS}", "-e", "signal=none", *slow]  # fmt: skip


def count(trace: Path, begin: float, end: float) -> int:
    """Syncs that were begun between two moments, Unix seconds."""
    moments = (float(line.split()[1]) for line in trace.read_text().splitlines() if "sync(" in line)
    return sum(begin <= moment <= end for moment in moments)
