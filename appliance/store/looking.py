"""Looks at the ledger beside the one that writes it: a connection and a thread of its own, so that a disk which takes
its time over a sync, or refuses, keeps nobody from reading what is committed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from appliance.store import database, refusal

T = TypeVar("T")


class Looking:
    """Sees everything that was committed before it was asked. Used from one event loop."""

    def __init__(self, writer: sqlite3.Connection) -> None:
        """On the file that `writer` has open."""
        self._db = database.open_looking(database.file_of(writer))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="looking")

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """The answer, out of one state of the ledger; what `question` raises. StoreError `not-ready` from the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, question)

    def close(self) -> None:
        self._thread.shutdown()
        self._db.close()

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self._db.execute("begin")
            try:
                return question(self._db)
            finally:
                self._db.execute("rollback")
        except sqlite3.DatabaseError as error:
            if refusal.is_of_disk(error):
                raise refusal.not_read(error) from error
            raise
