"""collector.db opened: by several at once, the first time too."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from provisioning.collector import database

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
