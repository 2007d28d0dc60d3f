"""Sync batches: a run of leaves between two checkpoints of one incarnation, which verifies alone (FORMATS §6).

The same bytes travel by network, by stick and as a file. Knows lines and proofs; what a leaf says is `audit`'s. Keeps
no key and sends nothing.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from appliance.core.documents import HEX_ID, Fields, malformed, read_json, write_json
from appliance.core.entries import MAX_INCARNATION
from appliance.core.keys import PublicKey
from appliance.core.merkle import Tree, extended_root, leaf_hash, verify_consistency
from appliance.core.tlog import Checkpoint, Sign, origin, read_checkpoint, sign_checkpoint, signed_alone
from appliance.errors import PaperError

MEDIA_TYPE = "application/vnd.stallbox.batch+ndjson"
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
class Span:
    """Entries from `first` to `last` of one log."""

    box: str
    incarnation: int
    first: int
    last: int

    def key(self, data: bytes) -> str:
        """The header under which a batch of these bytes is sent, its quotation marks included (FORMATS §6)."""
        return idempotency_key(self.box, self.incarnation, self.first, self.last, data)


@dataclass(frozen=True, slots=True)
class Shown:
    """A checkpoint that the box has signed: its text, with the box's signature alone, and what it says."""

    note: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """A verified batch: its leaves stand, in order, between its two checkpoints. What they say is not looked at."""

    box: str
    incarnation: int
    first: int
    old: Shown | None
    new: Shown
    leaves: tuple[bytes, ...]
    attachments: tuple[bytes, ...]  # lines outside the tree, which nobody has looked at

    @property
    def last(self) -> int:
        return self.first + len(self.leaves) - 1


def file_name(box: str, incarnation: int, first: int, last: int) -> str:
    """The name of a batch on a stick, upper case."""
    return f"STALLBOX-{box.upper()}-{incarnation:08X}-{first:010}-{last:010}.NDJSON"


def idempotency_key(box: str, incarnation: int, first: int, last: int, data: bytes) -> str:
    """The value of the header under which a batch is sent, its quotation marks included."""
    return f'"{box}:{incarnation}:{first}-{last}:{hashlib.sha256(data).hexdigest()[:16]}"'


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


def attach(data: bytes, lines: Sequence[bytes]) -> bytes:
    """The batch with attachments after its entries; ValueError beyond 4 MiB."""
    whole = data + b"".join(line + b"\n" for line in lines)
    if len(whole) > MAX_BATCH:
        raise ValueError(f"a batch of {len(whole)} bytes is too large")
    return whole


def attachment_lines(data: bytes) -> tuple[int, tuple[bytes, ...]]:
    """The incarnation of a batch that this box wrote itself, and what it takes along."""
    head, *lines = data[:-1].split(b"\n")
    f = Fields(read_json(head, "The batch", _MAX_HEAD), "batch", *_HEAD)
    return f.integer("incarnation"), tuple(lines[f.integer("last") - f.integer("first") + 1 :])


def span_of(data: bytes) -> Span:
    """What a batch says that it holds; nothing is verified. `doc-malformed` where it says nothing."""
    f = Fields(read_json(data.partition(b"\n")[0], "The batch", _MAX_HEAD), "batch", *_HEAD)
    return Span(f.text("box", HEX_ID), f.integer("incarnation"), f.integer("first"), f.integer("last"))


def read(data: bytes, box_key: PublicKey) -> Batch:
    """Verifies a batch by itself: signatures, consistency, and that its leaves are those under the new root.

    `doc-too-large`, `doc-malformed` or `doc-signature` otherwise.
    """
    if len(data) > MAX_BATCH:
        raise PaperError("doc-too-large", f"A batch of {len(data)} bytes is too large.")
    if not data.endswith(b"\n"):
        raise malformed("The batch does not end with a line end: it was cut off")
    head, *lines = data[:-1].split(b"\n")
    f = Fields(read_json(head, "The batch", _MAX_HEAD), "batch", *_HEAD)
    f.spec()
    box, incarnation = f.text("box", HEX_ID), f.integer("incarnation", 0, MAX_INCARNATION)
    first = f.integer("first")
    count = f.integer("last", first) - first + 1
    if box != box_key.id or len(lines) < count:
        raise malformed("The batch's first line does not fit its entries")
    old, new = f.optional("old", f.text), f.text("new")
    if (old is None) != (first == 0):
        raise malformed("The batch's old checkpoint is null exactly when it begins at entry 0")
    batch = Batch(
        box=box,
        incarnation=incarnation,
        first=first,
        old=_shown(old, origin(box, incarnation), first, box_key) if old is not None else None,
        new=_shown(new, origin(box, incarnation), first + count, box_key),
        leaves=tuple(lines[:count]),
        attachments=tuple(lines[count:]),
    )
    _check_proofs(batch, tuple(_node(text) for text in f.texts("consistency")))
    return batch


def _shown(note: str, name: str, size: int, box_key: PublicKey) -> Shown:
    checkpoint = read_checkpoint(note, box_key.raw)
    if checkpoint.origin != name or checkpoint.size != size:
        raise malformed("A checkpoint of the batch is of another log or size")
    return Shown(signed_alone(note, box_key.raw), checkpoint.size, checkpoint.root)


def _check_proofs(batch: Batch, proof: tuple[bytes, ...]) -> None:
    hashes = [leaf_hash(leaf) for leaf in batch.leaves]
    old, new = batch.old, batch.new
    if old is None:
        if proof or Tree(hashes).root() != new.root:
            raise malformed("The batch's entries are not those of its checkpoint")
        return
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
