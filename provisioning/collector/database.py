"""collector.db as SQLite: opened durably, brought to the newest schema, one transaction at a time.

Knows pragmas and migrations, and no table. A second process over the same file waits its turn: SQLite's own lock and
the tables' unique keys decide, no lock of ours.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from appliance.errors import StoreError

SCHEMA_VERSION = 2
_BUSY_MS = 30_000


def connect(path: Path) -> sqlite3.Connection:
    """A connection that may write: WAL, full sync, newest schema. StoreError where that cannot be had."""
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            path.chmod(0o600)
            db.execute(f"pragma busy_timeout={_BUSY_MS}")
            _keep_wal(db)
            db.execute("pragma synchronous=full")
            db.execute("pragma temp_store=memory")
            _migrate(db)
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise StoreError("store", f"The collector's database {path} cannot be opened ({error}).") from error
    return db


def _keep_wal(db: sqlite3.Connection) -> None:
    """SQLite refuses this change at once while another process makes it, busy_timeout or not: we wait ourselves."""
    until = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            db.execute("pragma journal_mode=wal")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        else:
            return
        time.sleep(random.uniform(0.001, 0.05))  # noqa: S311  # so that two do not meet again


@contextlib.contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """The database as it stands at the first look, however long the looking takes; writers go on meanwhile.

    It serves in whatever thread, one at a time. StoreError where there is none of this schema.
    """
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(
            sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        ) as db:
            db.execute(f"pragma busy_timeout={_BUSY_MS}")
            db.execute("pragma temp_store=memory")
            if db.execute("pragma user_version").fetchone()[0] != SCHEMA_VERSION:
                raise StoreError("store", f"{path} is of another version of stallbox: start the collector once.")
            db.execute("begin")
            yield db
    except sqlite3.Error as error:
        raise StoreError("store", f"The collector's database {path} cannot be read ({error}).") from error


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Everything inside, or nothing. What is raised inside undoes it."""
    db.execute("begin immediate")
    try:
        yield
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise


def _migrate(db: sqlite3.Connection) -> None:
    with transaction(db):
        version = db.execute("pragma user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StoreError("store", "This database was made by a later stallbox. Update stallbox, then try again.")
        for step in range(version + 1, SCHEMA_VERSION + 1):
            for statement in _statements(step):
                db.execute(statement)
            db.execute(f"pragma user_version={step}")


def _statements(step: int) -> Iterator[str]:
    text = resources.files("provisioning.collector").joinpath(f"schema/{step:04}.sql").read_text()
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
