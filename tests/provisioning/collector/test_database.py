"""collector.db opened: by several at once, the first time too, and what they share beside it."""

from __future__ import annotations

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from provisioning.collector import database
from provisioning.collector.login import secret_in

OPENING = 6


def test_all_at_once(tmp_path: Path) -> None:
    """Each makes the database where there is none: nobody is turned away."""
    for number in range(10):
        path, ready = tmp_path / f"{number}.db", Barrier(OPENING)

        def connect(path: Path = path, ready: Barrier = ready) -> sqlite3.Connection:
            ready.wait()
            return database.connect(path)

        with ThreadPoolExecutor(OPENING) as pool:
            opened = [opening.result() for opening in [pool.submit(connect) for _ in range(OPENING)]]
        assert {db.execute("pragma journal_mode").fetchone()[0] for db in opened} == {"wal"}
        for db in opened:
            db.close()


def test_one_secret(tmp_path: Path) -> None:
    """Collectors that start at once in a new folder let in with the same secret: the one in the file."""
    database.connect(tmp_path / "collector.db").close()
    for number in range(10):
        path, ready = tmp_path / f"secret-{number}", Barrier(OPENING)

        def read(path: Path = path, ready: Barrier = ready) -> str:
            with contextlib.closing(database.connect(tmp_path / "collector.db")) as db:
                ready.wait()
                return secret_in(path, db)

        with ThreadPoolExecutor(OPENING) as pool:
            found = {reading.result() for reading in [pool.submit(read) for _ in range(OPENING)]}
        assert found == {path.read_text().strip()}
