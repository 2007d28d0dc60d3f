"""Packing and taking in a gigabyte, beside `sha256sum` of the same files; each on one core, files in memory."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.probes import ROUNDS
from tests.bench.stalls import environment, python
from tests.bench.table import Row, at_most, plain

_FILES = 100
_LENGTH = 10_000_000
_ONE_CORE = ("taskset", "-c", "0")
_TERMS = ("--title", "Big", "--price", "8.00EUR", "--edition", "100")
_WHO = ("--name", "Bench", "--no-passphrase")


def rows(folder: Path) -> Iterator[Row]:
    """The rows of this part; works in `folder`."""
    photos, workspace = folder / "photos", folder / "workspace"
    files = _make_files(photos)
    _run(*_organizer("quickstart", str(photos), *_TERMS, *_WHO, "--workspace", str(workspace)))
    bundle = next(workspace.glob("bundles/*/*.drop"))
    box = next(workspace.glob("boxes/*/"))
    slug = bundle.name.removesuffix("-v1.drop")
    packing = _organizer("--workspace", str(workspace), "drop", "pack", str(photos), "--slug", slug, *_TERMS)

    plain_s = _median_s(lambda: _run("sha256sum", *files))
    pack_s = _median_s(lambda: _run(*packing))
    ingest_s = _median_s(lambda: _ingest(bundle, box, folder / "data"))
    yield plain("sha256sum of 1 GB", plain_s, " s")
    yield at_most("pack 1 GB, against sha256sum", pack_s / plain_s, 1.3, "×", f"{pack_s:.2f} s")
    yield plain("ingest 1 GB, against sha256sum", ingest_s / plain_s, "×", f"{ingest_s:.2f} s, durable")


def _make_files(folder: Path) -> list[str]:
    folder.mkdir()
    for number in range(_FILES):
        (folder / f"{number:03}.jpg").write_bytes(os.urandom(_LENGTH))
    return [str(path) for path in sorted(folder.iterdir())]


def _organizer(*arguments: str) -> list[str]:
    return python("-m", "provisioning", *arguments)


def _run(*command: str) -> float:
    """Seconds that a command took on one core."""
    begin = time.perf_counter()
    done = subprocess.run([*_ONE_CORE, *command], check=False, capture_output=True, env=environment())
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return time.perf_counter() - begin


def _ingest(bundle: Path, box: Path, data: Path) -> float:
    """Seconds that a new box took for the bundle; it is gone afterwards."""
    _run(*python("-m", "appliance", "init", str(box), "--dir", str(data)))
    seconds = _run(*python("-m", "appliance", "ingest", str(bundle), "--dir", str(data)))
    shutil.rmtree(data)
    return seconds


def _median_s(once: Callable[[], float]) -> float:
    return statistics.median(once() for _ in range(ROUNDS))
