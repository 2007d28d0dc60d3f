"""ledger.db as SQLite: how it is opened, that it is durable and whole, and which schema it has.

Knows pragmas, migrations and damage, and of the tables only which incarnations there are. The writer is a plain
connection for one thread, since a transaction here is a function; whoever only looks uses `open_reader`, which never
sees an open transaction.
"""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

import aiosqlite

from appliance.errors import StoreError
from appliance.files import sync_directory, sync_file

_DAMAGE = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
BUSY_MS = 5000
SCHEMA_VERSION = 5
FULL = 2


def open_writer(path: Path) -> sqlite3.Connection:
    """The one connection that writes: WAL, `synchronous=FULL`, foreign keys, newest schema.

    sqlite3.DatabaseError where the file is damaged; StoreError where it is of a later stallbox or cannot be durable.
    """
    _settle(path)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        path.chmod(0o600)
        db.execute(f"pragma busy_timeout={BUSY_MS}")
        journal = db.execute("pragma journal_mode=wal").fetchone()[0]
        db.execute("pragma synchronous=full")
        db.execute("pragma foreign_keys=on")
        db.execute("pragma secure_delete=on")  # what a buyer has erased is not left in a free page
        db.execute("pragma temp_store=memory")  # no savepoint's file in a folder that may be full or read-only
        if (journal, db.execute("pragma synchronous").fetchone()[0]) != ("wal", FULL):
            raise StoreError("store", f"{path} cannot be written durably: WAL with full sync is not available here.")
        check_whole(db)
        migrate(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _settle(path: Path) -> None:
    """Syncs what is there: a killed process may have left it in the kernel's memory alone, and a repeated request
    is answered from it. Before the connection, since closing a file drops every lock of the process on it."""
    for part in (path, path.with_name(f"{path.name}-wal")):
        if part.exists():
            sync_file(part)


def check_whole(db: sqlite3.Connection) -> None:
    """sqlite3.DatabaseError unless SQLite finds the file whole."""
    found = db.execute("pragma quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file's content is at fault, and not the disk, its room or its rights (sqlite.org/rescode.html)."""
    code: int | None = getattr(error, "sqlite_errorcode", None)  # None: found by this program and not by SQLite
    return code is None or code & 0xFF in _DAMAGE


def read_through(path: Path) -> None:
    """OSError where the disk does not give the file or its WAL: what SQLite then takes for damage is none."""
    for part in (path, path.with_name(f"{path.name}-wal")):
        if part.exists():
            with part.open("rb") as file:
                while file.read(1 << 20):
                    pass


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Brings the schema to SCHEMA_VERSION, one step per transaction."""
    version = db.execute("pragma user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StoreError("store", f"{path} was written by a later stallbox: update this one.")
    for step in range(version + 1, SCHEMA_VERSION + 1):
        script = resources.files("appliance.store").joinpath(f"schema/{step:04}.sql").read_text()
        db.executescript(f"begin immediate;\n{script}\npragma user_version={step};\ncommit;")
    sync_directory(path.parent)


def open_looking(path: Path) -> sqlite3.Connection:
    """A plain connection that can only read, for one thread."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    try:
        for setting in (f"busy_timeout={BUSY_MS}", "query_only=on", "temp_store=memory"):
            db.execute(f"pragma {setting}")
    except BaseException:
        db.close()
        raise
    return db


def holds(db: sqlite3.Connection, incarnation: int) -> bool:
    """Whether an incarnation stands in this ledger."""
    return db.execute("select 1 from incarnations where incarnation = ?", (incarnation,)).fetchone() is not None


def file_of(db: sqlite3.Connection) -> Path:
    """The file that a connection has open."""
    return Path(db.execute("select file from pragma_database_list where name = 'main'").fetchone()[0])


async def open_reader(path: Path) -> aiosqlite.Connection:
    """A connection that can only read, with rows by column name."""
    reader = await aiosqlite.connect(f"file:{path}?mode=ro", uri=True)
    await reader.execute(f"pragma busy_timeout={BUSY_MS}")
    await reader.execute("pragma query_only=on")
    await reader.execute("pragma temp_store=memory")
    reader.row_factory = aiosqlite.Row
    return reader


def set_aside(path: Path, mark: str) -> Path:
    """Renames a damaged database, with its WAL, so that it is named and kept; the new path."""
    aside = path.with_name(f"{path.stem}.damaged-{mark}{path.suffix}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    sync_directory(path.parent)
    return aside
