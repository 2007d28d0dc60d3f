"""Writes a mirror: every entry that was committed, sealed what no entry says, then a checkpoint that covers them.

Believes the ledger and never the stick. Blocks, for as long as the stick does: one thread of its own calls it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from appliance.core import mirror
from appliance.core.documents import digest
from appliance.core.keys import NONCE_BYTES, PrivateKey
from appliance.core.merkle import Tree, leaf_hash
from appliance.core.tlog import Checkpoint, origin, read_checkpoint, sign_checkpoint
from appliance.errors import PaperError, StoreError
from appliance.files import make_folder, read_limited, write_durably
from appliance.store import heads
from appliance.store.mirror.appending import GrowingFile
from appliance.store.mirror.log import LogFile
from appliance.store.mirror.places import Places
from appliance.store.recovery import vouched
from appliance.store.second import Head, SecondPlace
from appliance.store.unsaid import Unsent

MAX_CHECKPOINT = 4096
_PAPERS = b'"type":"papers"'
_AT_ONCE = 16  # sales wait for no more of what is copied beside them
_LEAVES = "select leaf from entries where incarnation = ? and seq >= ? and seq < ? order by seq"


class ForgottenError(StoreError):
    """The stick proves entries that this ledger does not have: `checkpoint`, which the box itself has signed."""

    def __init__(self, incarnation: int, checkpoint: str) -> None:
        super().__init__(
            "forgotten",
            "The mirror stick proves sales that this box has forgotten. It must begin a new ledger: start it again.",
        )
        self.incarnation = incarnation
        self.checkpoint = checkpoint


class Writer:
    """One mirror folder of this box, as long as the stick is in. Every OSError ends it: make another."""

    def __init__(self, places: Places, db: sqlite3.Connection, key: PrivateKey, secret: bytes, head: Head) -> None:
        """Brings the stick up to `head`. `db` only reads; `secret` is what the owner card gives.

        ForgottenError where the stick proves entries that this ledger does not have.
        """
        self._places, self._db, self._key, self._secret = places, db, key, secret
        for (past,) in db.execute("select incarnation from incarnations order by ordinal").fetchall():
            if past != head.incarnation:
                self._bring_past(past)
        self._check_known(head.incarnation, self._leaves(head.incarnation, 0, head.size))
        self._unsent = Unsent(db)
        self._frozen: set[tuple[int, int, str]] = set()
        self._say_all(head)
        self._second = SecondPlace(places.second)
        self._second.read()
        self._unsaid = GrowingFile(places.unsaid)
        self._log = LogFile(places.log(head.incarnation), self._leaves(head.incarnation, 0, head.size))
        self._sign(head)

    def bring_up(self, head: Head, papers: Callable[[], None]) -> None:
        """Makes everything up to `head` durable on the stick; `papers` is called before entries that rest on new ones.

        OSError where the stick refuses.
        """
        first = self._log.size
        leaves = self._leaves(head.incarnation, first, head.size)
        if any(_PAPERS in leaf for leaf in leaves):
            papers()
        self._unsaid.append(self._sealed(self._unsent.since(head.incarnation, first, leaves)))
        self._log.append(leaves)
        for file in (self._unsaid, self._log):  # one after the other, so that the file system does it together
            file.sync()
        self._sign(head)

    @property
    def size(self) -> int:
        """How many entries of the current incarnation the stick holds."""
        return self._log.size

    def copy_frozen(self) -> None:
        """Copies some of what claims serve and the stick does not have yet. OSError where it refuses."""
        rows = self._db.execute("select incarnation, seq, kind from frozen").fetchall()
        for incarnation, seq, kind in [row for row in rows if row not in self._frozen][:_AT_ONCE]:
            self._freeze((incarnation, seq), kind)

    def close(self) -> None:
        self._log.close()
        self._second.close()
        self._unsaid.close()

    def _bring_past(self, incarnation: int) -> None:
        """An incarnation that has ended, as far as the box may sign it; what the stick proves beyond that stays."""
        leaves = self._leaves(incarnation, 0, 2**53)
        tree = Tree(map(leaf_hash, leaves))
        size = vouched(tree, heads.known(self._db, incarnation, self._key.public))
        held = self._proved(incarnation)
        if held is not None and held.size > size:
            return
        LogFile(self._places.log(incarnation), leaves[:size]).close()
        tree.truncate(size)
        self._write_checkpoint(incarnation, size, tree.root())

    def _check_known(self, incarnation: int, leaves: Sequence[bytes]) -> None:
        held = self._proved(incarnation)
        tree = Tree(map(leaf_hash, leaves))
        if held is not None and (held.size > tree.size or tree.root(held.size) != held.root):
            raise ForgottenError(incarnation, sign_checkpoint(held, self._key.sign, self._key.public.raw))

    def _proved(self, incarnation: int) -> Checkpoint | None:
        """The checkpoint on the stick, if this box signed it."""
        try:
            data = read_limited(self._places.checkpoint(incarnation), MAX_CHECKPOINT, "The mirror's checkpoint")
            found = read_checkpoint(data.decode(), self._key.public.raw)
        except (PaperError, UnicodeDecodeError):
            return None
        return found if found.origin == origin(self._key.public.id, incarnation) else None

    def _leaves(self, incarnation: int, first: int, size: int) -> list[bytes]:
        return [row[0] for row in self._db.execute(_LEAVES, (incarnation, first, size))]

    def _say_all(self, head: Head) -> None:
        """From the beginning, in place of what is there: nothing that is missing in that matters then."""
        records: list[Mapping[str, object]] = []
        for (incarnation,) in self._db.execute("select incarnation from incarnations order by ordinal").fetchall():
            size = head.size if incarnation == head.incarnation else 2**53
            records += self._unsent.since(incarnation, 0, self._leaves(incarnation, 0, size))
        make_folder(self._places.unsaid.parent)
        write_durably(self._places.unsaid, self._sealed(records), 0o600)

    def _sealed(self, records: Iterable[Mapping[str, object]]) -> bytes:
        return b"".join(mirror.seal(self._secret, record, os.urandom(NONCE_BYTES)) + b"\n" for record in records)

    def _freeze(self, key: tuple[int, int], kind: str) -> None:
        query = "select body from frozen where incarnation = ? and seq = ? and kind = ?"
        body: bytes = self._db.execute(query, (*key, kind)).fetchone()[0]
        path = self._places.frozen(key, kind)
        if not _holds(path, body):
            make_folder(path.parent)
            write_durably(path, body, 0o600)
        self._unsaid.append(self._sealed([{"frozen": [[*key, kind, digest(body)]]}]))
        self._unsaid.sync()
        self._frozen.add((*key, kind))

    def _sign(self, head: Head) -> None:
        self._write_checkpoint(head.incarnation, head.size, head.root)
        self._second.write(head)

    def _write_checkpoint(self, incarnation: int, size: int, root: bytes) -> None:
        note = Checkpoint(origin(self._key.public.id, incarnation), size, root)
        text = sign_checkpoint(note, self._key.sign, self._key.public.raw)
        write_durably(self._places.checkpoint(incarnation), text.encode(), 0o600)


def _holds(path: Path, body: bytes) -> bool:
    try:
        return read_limited(path, len(body), path.name) == body
    except PaperError:
        return False
