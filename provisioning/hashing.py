"""SHA-256 of many files on all cores.

Knows bytes and lengths; what a wrong digest means is for others to say. Threads suffice: hashlib gives up Python's
lock while it works on a large buffer, and they behave alike on every system.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from appliance.files import open_regular

CHUNK = 1 << 20
Advance = Callable[[int], None]  # bytes done since the last call; called from several threads


@dataclass(frozen=True, slots=True)
class Hashed:
    length: int
    sha256: str


def hash_file(path: Path, advance: Advance) -> Hashed:
    """Length and digest of the same reading; `missing-file` where the file has gone."""
    sha256 = hashlib.sha256()
    length = 0
    buffer = memoryview(bytearray(CHUNK))
    with os.fdopen(open_regular(path, f"The file {path}"), "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            sha256.update(buffer[:count])
            length += count
            advance(count)
    return Hashed(length, sha256.hexdigest())


def hash_all(paths: Iterable[Path], advance: Advance) -> list[Hashed]:
    """One result per path, in the order given."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(lambda path: hash_file(path, advance), paths))
