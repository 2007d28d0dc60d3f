"""Ledgers for the tests of the store: a fixed key and moment, and second places that count or fail."""

from __future__ import annotations

import contextlib
import errno
import secrets
import sqlite3
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from appliance.core.clock import Quality, Stamp
from appliance.core.entries import Entry
from appliance.core.merkle import Tree
from appliance.store import database
from appliance.store.ledger import MAX_GROUP, Book, Ledger, State
from appliance.store.opening import Opening, open_ledger
from appliance.store.second import Head, SecondPlace
from tests.organizer import NOW, key

BOX = key("box")
INCARNATION = 7
BOOT = "00000000-0000-4000-8000-000000000001"
DROP = "0123456789abcdef"


def stamp(boottime_ms: int = 1000, *, lo: int = NOW, boot: str = BOOT) -> Stamp:
    return Stamp(lo, None, Quality.FLOOR, boot, boottime_ms)


def note(book: Book, number: int = 1) -> Entry:
    """Appends a harmless entry."""
    return book.append("papers", {"kind": "drop", "id": DROP, "version": number, "sha256": "0" * 64})


class CountingSecond(SecondPlace):
    """Keeps every head that was written; fails as a broken card does while `is_broken`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.heads: list[Head] = []
        self.is_broken = False

    def write(self, head: Head) -> None:
        if self.is_broken:
            raise OSError(errno.EIO, "Input/output error")
        super().write(head)
        self.heads.append(head)


@contextlib.asynccontextmanager
async def bare_ledger(
    folder: Path, max_group: int = MAX_GROUP
) -> AsyncIterator[tuple[Ledger, sqlite3.Connection, CountingSecond]]:
    """A committing ledger of incarnation 7 without any entry, its connection and its second place."""
    second = CountingSecond(folder / "second-place")
    db = database.open_writer(folder / "ledger.db")
    db.execute("insert into incarnations (incarnation) values (?)", (INCARNATION,))
    try:
        async with Ledger(db, BOX, second, State(INCARNATION, Tree(), {}, 0), max_group).committing() as ledger:
            yield ledger, db, second
    finally:
        second.close()


def open_in(
    folder: Path, *, editions: Mapping[str, int] | None = None, boot: str = BOOT, boottime_ms: int = 1000
) -> tuple[Opening, SecondPlace]:
    """Opens the ledger of a box that lies in `folder`."""
    second = SecondPlace(folder / "second-place")
    try:
        opening = open_ledger(
            folder / "ledger.db",
            second,
            BOX,
            editions or {},
            stamp(boottime_ms, boot=boot),
            lambda: secrets.randbits(32),
        )
    except BaseException:
        second.close()
        raise
    return opening, second


@contextlib.asynccontextmanager
async def opened(
    folder: Path, *, editions: Mapping[str, int] | None = None, boot: str = BOOT, boottime_ms: int = 1000
) -> AsyncIterator[Opening]:
    """As `open_in`, committing until the end of the block."""
    opening, second = open_in(folder, editions=editions, boot=boot, boottime_ms=boottime_ms)
    try:
        async with opening.ledger.committing():
            yield opening
    finally:
        second.close()
