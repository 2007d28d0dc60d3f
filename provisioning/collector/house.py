"""What every face of the collector works with: its database, its papers, its key, the time.

Everything that writes runs in one thread of its own. Pages look at the database as it stands, each in another thread,
so that no page waits for a batch and no batch for a page.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from appliance.errors import StoreError
from provisioning.collector import database
from provisioning.collector.cosigner import Cosigner, cosigner_of
from provisioning.collector.ingest import Taken, ingest
from provisioning.collector.known import Known, read_papers, stamp

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass
class House:
    """`now` gives Unix seconds. Close it at the end."""

    path: Path
    folders: Sequence[Path]
    pin: str | None
    cosigner: Cosigner
    now: Callable[[], int]
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="collector"))
    _db: sqlite3.Connection | None = None
    _known: tuple[object, Known] | None = None

    def known(self) -> Known:
        """The papers as they lie there now; those of before where no trust document holds any more."""
        mark = stamp(self.folders)
        if self._known is None:
            self._known = (mark, read_papers(self.folders, self.pin))
        elif self._known[0] != mark:
            self._known = (mark, self._read_again(self._known[1]))
        return self._known[1]

    def _read_again(self, before: Known) -> Known:
        try:
            return read_papers(self.folders, self.pin)
        except StoreError as fault:
            _log.warning("%s Until then the papers of before hold.", fault.detail)
            return before

    async def take(self, data: bytes, key: str) -> tuple[Taken, list[object]]:
        """A batch in; what became of it, and the papers for its box. See `ingest`."""
        known = self.known()
        cosigner = cosigner_of(known.chain, self.cosigner.key)  # a later trust document may name it otherwise, or not
        work = partial(ingest, data=data, key=key, chain=known.chain, cosign=cosigner.cosign, now=self.now())
        taken = await self.ask(work)
        return taken, known.sent_to(taken.box)

    async def ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `work` on the database, after whatever runs there now. StoreError where the disk does not let it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: self._run(work))

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return work(self._connection())
        except sqlite3.OperationalError as error:  # full, read-only, or another process writes for too long
            _log.error("The collector's database %s cannot be written: %s", self.path, error)
            raise StoreError("not-ready", f"The collector cannot write just now ({error}): try again later.") from error

    async def look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `work` on the database as it stands; it writes nothing."""
        return await asyncio.to_thread(self._look, work)

    def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with database.looking(self.path) as db:
            return work(db)

    async def open(self) -> None:
        """Makes the database, or brings it to the newest schema. StoreError where that cannot be."""
        await self.ask(lambda _db: None)

    def close(self) -> None:
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = database.connect(self.path)
        return self._db
