"""What the system itself says: how long a sync takes on this disk, how much memory a process has."""

from __future__ import annotations

import os
import re
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5
_SYNCS = 40
_PAGE = bytes(4096)


def sync_ms(folder: Path) -> float:
    """Median milliseconds of an fdatasync after 4 KiB were appended to a file in `folder`."""
    taken = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(_SYNCS):
            file.write(_PAGE)
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


@dataclass(frozen=True, slots=True)
class Memory:
    """In MB of 10^6 bytes: resident, and what of it is not shared with others (their part counted in proportion)."""

    rss: float
    pss: float


def memory(pid: int) -> Memory:
    """A process's memory now."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = {name: int(kib) * 1024 / 1e6 for name, kib in re.findall(r"^(Rss|Pss): +(\d+) kB$", text, re.MULTILINE)}
    return Memory(found["Rss"], found["Pss"])
