"""The reader: whoever asks after a commit sees it, however many ask at the same time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from appliance.store.reader import Reader, reading
from tests.store.books import DROP, INCARNATION, bare_ledger, note, stamp


async def _ask_all_the_time(reader: Reader) -> None:
    while True:
        await asyncio.gather(
            reader.numbers(), reader.unsynced(), reader.certificate(DROP, 1), reader.sale((INCARNATION, 0))
        )


async def test_sees_what_was_committed(tmp_path: Path) -> None:
    """An entry is found as soon as its writer was told of it, while others are in the middle of their questions."""
    async with bare_ledger(tmp_path) as (ledger, db, _), reading(tmp_path / "ledger.db") as reader:
        db.executemany(
            "insert into numbers (drop_id, number, state, certificate) values (?, ?, 'free', x'00')",
            ((DROP, n) for n in range(1, 50)),
        )
        others = [asyncio.create_task(_ask_all_the_time(reader)) for _ in range(8)]
        for _ in range(200):
            entry = await ledger.record(note, stamp())
            assert await reader.leaf((entry.incarnation, entry.seq)) == entry.leaf()
        for other in others:
            other.cancel()
        await asyncio.wait(others)
