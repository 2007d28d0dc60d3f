"""Sync batches: a run of leaves between two checkpoints of one incarnation, which verifies alone (FORMATS §6).

The same bytes travel by network, by stick and as a file. Knows lines and proofs; keeps no key and sends nothing.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from appliance.core import entries
from appliance.core.documents import HEX_ID, Fields, malformed, read_json, write_json
from appliance.core.keys import PublicKey
from appliance.core.merkle import Tree, extended_root, leaf_hash, verify_consistency
from appliance.core.tlog import Checkpoint, Sign, origin, read_checkpoint, sign_checkpoint
from appliance.errors import PaperError

MAX_BATCH = 4 * 1024 * 1024
_MAX_HEAD = 64 * 1024
_HEAD = ("spec", "box", "incarnation", "first", "last", "old", "new", "consistency")


@dataclass(frozen=True, slots=True)
class Log:
    """What is needed of one incarnation to cut batches from it."""

    box: str
    incarnation: int
    tree: Tree
    sign: Sign
    public: bytes

    def checkpoint(self, size: int) -> str:
        """The signed checkpoint at `size`: the same bytes whenever it is asked for (Ed25519 is deterministic)."""
        note = Checkpoint(origin(self.box, self.incarnation), size, self.tree.root(size))
        return sign_checkpoint(note, self.sign, self.public)


@dataclass(frozen=True, slots=True)
class Batch:
    """A verified batch: its entries stand, in order, between its two checkpoints."""

    box: str
    incarnation: int
    first: int
    old: str | None
    new: str
    leaves: tuple[bytes, ...]

    @property
    def last(self) -> int:
        return self.first + len(self.leaves) - 1


def file_name(box: str, incarnation: int, first: int, last: int) -> str:
    """The name of a batch on a stick, upper case."""
    return f"STALLBOX-{box.upper()}-{incarnation:08X}-{first:010}-{last:010}.NDJSON"


def cut(log: Log, leaves: Sequence[bytes], first: int, limit: int = MAX_BATCH) -> Iterator[tuple[int, int, bytes]]:
    """Batches of at most `limit` bytes that hold `leaves`, which begin at entry `first`: (first, last, bytes)."""
    room = limit - _MAX_HEAD
    start, used = 0, 0
    for index, leaf in enumerate(leaves):
        if index > start and used + len(leaf) + 1 > room:
            yield _write(log, leaves[start:index], first + start)
            start, used = index, 0
        used += len(leaf) + 1
    if start < len(leaves):
        yield _write(log, leaves[start:], first + start)


def _write(log: Log, leaves: Sequence[bytes], first: int) -> tuple[int, int, bytes]:
    last = first + len(leaves) - 1
    proof = log.tree.consistency(first, last + 1) if first else []
    head = {
        "spec": 1,
        "box": log.box,
        "incarnation": log.incarnation,
        "first": first,
        "last": last,
        "old": log.checkpoint(first) if first else None,
        "new": log.checkpoint(last + 1),
        "consistency": [b64encode(node).decode() for node in proof],
    }
    return first, last, b"".join(line + b"\n" for line in (write_json(head), *leaves))


def read(data: bytes, box_key: PublicKey) -> Batch:
    """Verifies a batch by itself: signatures, consistency, every leaf under the new root, no gap in `seq`.

    `doc-too-large`, `doc-malformed` or `doc-signature` otherwise. Attachments are not entries and are refused.
    """
    if len(data) > MAX_BATCH:
        raise PaperError("doc-too-large", f"A batch of {len(data)} bytes is too large.")
    if not data.endswith(b"\n"):
        raise malformed("The batch does not end with a line end: it was cut off")
    head, *leaves = data[:-1].split(b"\n")
    f = Fields(read_json(head, "The batch", _MAX_HEAD), "batch", *_HEAD)
    f.spec()
    batch = Batch(
        box=f.text("box", HEX_ID),
        incarnation=f.integer("incarnation", 0, entries.MAX_INCARNATION),
        first=f.integer("first"),
        old=f.optional("old", f.text),
        new=f.text("new"),
        leaves=tuple(leaves),
    )
    if batch.box != box_key.id or f.integer("last") != batch.last or not leaves:
        raise malformed("The batch's first line does not fit its entries")
    _check_entries(batch)
    _check_proofs(batch, tuple(_node(text) for text in f.texts("consistency")), box_key)
    return batch


def _check_entries(batch: Batch) -> None:
    for seq, leaf in enumerate(batch.leaves, batch.first):
        entry = entries.read(leaf)
        if (entry.box, entry.incarnation, entry.seq) != (batch.box, batch.incarnation, seq):
            raise malformed(f"Entry {seq} of the batch stands in the wrong place")


def _check_proofs(batch: Batch, proof: tuple[bytes, ...], box_key: PublicKey) -> None:
    name = origin(batch.box, batch.incarnation)
    new = read_checkpoint(batch.new, box_key.raw)
    if new.origin != name or new.size != batch.last + 1:
        raise malformed("The batch's new checkpoint is of another log or size")
    if (batch.old is None) != (batch.first == 0):
        raise malformed("The batch's old checkpoint is null exactly when it begins at entry 0")
    hashes = [leaf_hash(leaf) for leaf in batch.leaves]
    if batch.old is None:
        if proof or Tree(hashes).root() != new.root:
            raise malformed("The batch's entries are not those of its checkpoint")
        return
    old = read_checkpoint(batch.old, box_key.raw)
    if old.origin != name or old.size != batch.first:
        raise malformed("The batch's old checkpoint is of another log or size")
    if not verify_consistency(old.size, new.size, proof, old.root, new.root):
        raise malformed("The batch's checkpoints do not follow from one another")
    if extended_root(old.size, old.root, proof, hashes) != new.root:
        raise malformed("The batch's entries are not those of its checkpoint")


def _node(text: str) -> bytes:
    try:
        node = b64decode(text, validate=True)
    except ValueError as error:
        raise malformed("The batch's consistency proof is not base64") from error
    if b64encode(node).decode() != text:
        raise malformed("The batch's consistency proof has stray bits in its base64")
    return node
