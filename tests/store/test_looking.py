"""Looking beside the writer: at once, at what is committed, and with no way to change it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from appliance.store.ledger import Book
from tests.store.books import bare_ledger, note, stamp


def count(book: Book) -> int:
    return int(book.db.execute("select count(*) from entries").fetchone()[0])


async def test_does_not_wait(tmp_path: Path) -> None:
    """While somebody records, a look sees what was committed before; what is committed then, the next one sees."""
    go_on = threading.Event()

    def hang(book: Book) -> None:
        note(book)
        assert go_on.wait(10)

    async with bare_ledger(tmp_path) as (ledger, _, _second):
        await ledger.record(note, stamp())
        recording = asyncio.create_task(ledger.record(hang, stamp()))
        await asyncio.sleep(0.05)
        assert await ledger.look(count, stamp()) == 1
        assert not recording.done()
        go_on.set()
        await recording
        assert await ledger.look(count, stamp()) == 2


async def test_changes_nothing(tmp_path: Path) -> None:
    """A look that would write is a bug, and reaches nobody's log."""
    async with bare_ledger(tmp_path) as (ledger, _, _second):
        await ledger.record(note, stamp())
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await ledger.look(lambda book: book.db.execute("delete from covers"), stamp())
        assert await ledger.look(count, stamp()) == 1


async def test_refusal_reaches_its_bringer(tmp_path: Path) -> None:
    """What a look raises is raised, and the next one is answered."""

    def refuse(_book: Book) -> None:
        raise LookupError("nothing there")

    async with bare_ledger(tmp_path) as (ledger, _, _second):
        with pytest.raises(LookupError):
            await ledger.look(refuse, stamp())
        assert await ledger.look(count, stamp()) == 0
