"""A mirror stick that is in, with everything that goes onto it; its faults in sentences. Blocks.

Knows where the box's ledger, papers and files are; when they are written is decided in `stall`.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.core.keys import PrivateKey
from appliance.errors import PaperError, StoreError
from appliance.store import database
from appliance.store.mirror import keeping
from appliance.store.mirror.bundles import Bundles
from appliance.store.mirror.keeping import Kept
from appliance.store.mirror.places import Places
from appliance.store.mirror.writer import Writer
from appliance.store.papers import PaperShelf
from appliance.store.second import Head
from appliance.store.shelf import Shelf

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Source:
    """What is mirrored, and whose it is."""

    key: PrivateKey
    ledger: Path
    papers: PaperShelf
    shelf: Shelf
    settings: bytes

    def prepare(self, places: Places, secret: str, *, is_sync: bool, named: str | None) -> Kept:
        """Makes `places` this box's mirror; see `keeping.prepare`. StoreError."""
        with _said():
            return keeping.prepare(places, self.key, secret, is_sync=is_sync, named=named)

    def open(self, places: Places, kept: Kept, head: Head) -> Stick:
        """The mirror in these places, brought up to `head`. StoreError."""
        with _said():
            keeping.check_links(places.path)
            keeping.write_terms(places, kept, self.settings)
            db = database.open_looking(self.ledger)
            try:
                writer = Writer(places, db, self.key, kept.secret, head)
            except BaseException:
                db.close()
                raise
            bundles = self._bundles(places)
            bundles.write_papers()
            return Stick(places, writer, bundles, db)

    def knows(self, incarnation: int) -> bool:
        """Whether an incarnation stands in this box's ledger."""
        with contextlib.closing(database.open_looking(self.ledger)) as db:
            return database.holds(db, incarnation)

    def _bundles(self, places: Places) -> Bundles:
        return Bundles(places, self.key.public.id, self.papers, self.shelf)


class Stick:
    """StoreError, with a sentence, from every method where the stick does not do it: open it anew then."""

    def __init__(self, places: Places, writer: Writer, bundles: Bundles, db: sqlite3.Connection) -> None:
        self._places, self._writer, self._bundles, self._db = places, writer, bundles, db

    @property
    def size(self) -> int:
        """How many entries of the current incarnation it holds."""
        return self._writer.size

    def bring_up(self, head: Head) -> None:
        """Gives it everything up to `head`."""
        if head.size > self._writer.size:
            with _said():
                self._writer.bring_up(head, self._bundles.write_papers)

    def look_after(self) -> None:
        """Sees whether it is still there, and gives it some of what claims serve."""
        with _said():
            self._places.identity.stat()
            self._writer.copy_frozen()

    def copy_files(self) -> None:
        """Gives it files that it lacks."""
        with _said():
            self._bundles.copy_files()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # what was to be kept was synced; a stick that is gone cannot be closed
            self._writer.close()
        self._db.close()


@contextlib.contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreError("no-space", "The mirror stick is full. Empty it or take a larger one.") from error
        text = f"The mirror stick cannot be written ({error.strerror}). Put it back, or prepare another."
        raise StoreError("not-ready", text) from error
    except sqlite3.Error as error:
        raise StoreError("not-ready", f"The ledger cannot be read for the mirror ({error}).") from error
    except PaperError as error:
        raise StoreError("store", f"The mirror stick cannot be used: {error.detail}") from error
