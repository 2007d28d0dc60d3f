"""What a ledger shows to others (C2SP): tlog-checkpoint, tlog-cosignature v1, and tlog-proof as its receipt.

It knows their text and signatures, and keeps no key: who signs passes a function, who reads the public key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.core.documents import malformed
from appliance.core.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from appliance.core.notes import COSIGNATURE, ED25519, Note, NoteKey, from_base64, split_note, to_base64
from appliance.errors import PaperError

Sign = Callable[[bytes], bytes]  # message → 64 bytes of Ed25519

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
_ORIGIN = re.compile(r"stallbox\.local/box/([0-9a-f]{16})/(0|[1-9][0-9]{0,9})")
_PROOF_HEAD = "c2sp.org/tlog-proof@v1"
_TIMESTAMP_BYTES = 8
_MAX_TIMESTAMP = 2**63 - 1
_MAX_PROOF_CHARACTERS = 256 * 1024
_MAX_INCARNATION = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A ledger's size and root at one moment. `origin` names box and incarnation."""

    origin: str
    size: int
    root: bytes

    def body(self) -> bytes:
        """The bytes that are signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n".encode()


@dataclass(frozen=True, slots=True)
class Proof:
    """A receipt: one leaf, its place, and the checkpoint it stands under. Reading one verifies nothing."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str  # the signed note, verbatim
    extra: bytes  # the leaf

    def stands_under(self, checkpoint: Checkpoint) -> bool:
        """Whether the leaf is in the checkpoint's tree. The caller has read that with the box's key."""
        leaf = leaf_hash(self.extra)
        return verify_inclusion(leaf, self.index, checkpoint.size, self.hashes, checkpoint.root)


def origin(box_id: str, incarnation: int) -> str:
    """The log's name, which is also the name of the key that signs its checkpoints (FORMATS §5)."""
    return f"stallbox.local/box/{box_id}/{incarnation}"


def read_origin(name: str) -> tuple[str, int]:
    """Box id and incarnation of a log's name. Raises `PaperError("doc-malformed")`."""
    match = _ORIGIN.fullmatch(name)
    if match is None or int(match[2]) > _MAX_INCARNATION:
        raise malformed(f"“{name[:80]}” is not the name of a box's ledger")
    return match[1], int(match[2])


def sign_checkpoint(checkpoint: Checkpoint, sign: Sign, public: bytes) -> str:
    """The checkpoint as a signed note; the key's name is the origin."""
    key = NoteKey(checkpoint.origin, ED25519, public)
    return checkpoint.body().decode() + "\n" + key.line(sign(checkpoint.body()))


def read_checkpoint(text: str, public: bytes) -> Checkpoint:
    """The checkpoint of a note that the log's key has signed; other signatures are ignored.

    The caller compares `origin` with the log it expects. Raises `PaperError`: `doc-malformed`,
    `doc-too-large`, or `doc-signature` when the key has not signed or one of its signatures fails.
    """
    note = split_note(text)
    checkpoint = _read_body(note.text)
    key = NoteKey(checkpoint.origin, ED25519, public)
    _check_signatures(key, [(checkpoint.body(), signature) for signature in note.by(key)])
    return checkpoint


def signed_alone(text: str, public: bytes) -> str:
    """The checkpoint note with the log's own signature and no other: lines that anybody can add prove nothing.

    The caller has read it with `read_checkpoint`.
    """
    note = split_note(text)
    key = NoteKey(_read_body(note.text).origin, ED25519, public)
    return f"{note.text}\n{key.line(min(note.by(key)))}"


def cosign(text: str, name: str, sign: Sign, public: bytes, timestamp: int) -> str:
    """The checkpoint note with one more line: this cosigner saw it at `timestamp`, in Unix seconds.

    The caller has read the checkpoint with the log's key and found it consistent with all it cosigned before.
    Raises `PaperError` where the text is no checkpoint.
    """
    note = split_note(text)
    _read_body(note.text)
    key = NoteKey(name, COSIGNATURE, public)
    signature = sign(_cosigned(note, timestamp))
    return text + key.line(timestamp.to_bytes(_TIMESTAMP_BYTES, "big") + signature)


def verify_cosignature(text: str, name: str, public: bytes) -> int:
    """When this cosigner last cosigned the checkpoint note, in Unix seconds.

    Says nothing about the log's own signature. Raises `PaperError` as `read_checkpoint` does.
    """
    note = split_note(text)
    _read_body(note.text)
    key = NoteKey(name, COSIGNATURE, public)
    stamped = [_split_timestamp(signed) for signed in note.by(key)]
    _check_signatures(key, [(_cosigned(note, when), signature) for when, signature in stamped])
    return max(when for when, _ in stamped)


def proof_text(index: int, hashes: Sequence[bytes], checkpoint_text: str, extra: bytes) -> str:
    """A receipt as `.tlog-proof` text, with the leaf's bytes as `extra`."""
    lines = [_PROOF_HEAD, f"extra {to_base64(extra)}", f"index {index}", *map(to_base64, hashes)]
    return "\n".join(lines) + "\n\n" + checkpoint_text


def read_proof(text: str) -> Proof:
    """The parts of a receipt, nothing verified. Raises `PaperError`: `doc-malformed` or `doc-too-large`."""
    if len(text) > _MAX_PROOF_CHARACTERS:
        raise PaperError("doc-too-large", f"This receipt is longer than {_MAX_PROOF_CHARACTERS} characters.")
    head, separator, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or len(lines) < 3 or lines[0] != _PROOF_HEAD:
        raise malformed("This is not a receipt: it should be a .tlog-proof file, version 1")
    split_note(checkpoint)
    return Proof(
        index=_decimal(_after("index ", lines[2])),
        hashes=tuple(_hash(line) for line in lines[3:]),
        checkpoint=checkpoint,
        extra=from_base64(_after("extra ", lines[1])),
    )


def receipt_pin(box_id: str, incarnation: int, seq: int, root_at_seq_plus_1: bytes) -> str:
    """The short form of a receipt for QR codes (FORMATS §5): the root over the entries 0 to `seq`."""
    return f"SB1R:{box_id.upper()}:{incarnation:08X}:{seq}:{root_at_seq_plus_1[:8].hex().upper()}"


def _read_body(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) != 4 or not lines[0]:
        raise malformed("A checkpoint has three lines: the log's name, its size and its root")
    return Checkpoint(origin=lines[0], size=_decimal(lines[1]), root=_hash(lines[2]))


def _check_signatures(key: NoteKey, signed: list[tuple[bytes, bytes]]) -> None:
    """The strict rule of C2SP signed-note: at least one signature by the key, and none that fails."""
    if not signed:
        raise PaperError("doc-signature", f"“{key.name}” has not signed this checkpoint with the key known here.")
    if not all(key.holds(message, signature) for message, signature in signed):
        raise PaperError("doc-signature", f"The signature of “{key.name}” on this checkpoint does not hold.")


def _cosigned(note: Note, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{note.text}".encode()


def _split_timestamp(signed: bytes) -> tuple[int, bytes]:
    when = int.from_bytes(signed[:_TIMESTAMP_BYTES], "big")
    if when > _MAX_TIMESTAMP:
        raise malformed("The time of a cosignature is beyond 2^63−1")
    return when, signed[_TIMESTAMP_BYTES:]


def _after(prefix: str, line: str) -> str:
    if not line.startswith(prefix):
        raise malformed(f"This receipt lacks its line “{prefix.strip()}”")
    return line.removeprefix(prefix)


def _decimal(text: str) -> int:
    if not _DECIMAL.fullmatch(text):
        raise malformed(f"“{text[:40]}” is not a plain decimal number")
    return int(text)


def _hash(line: str) -> bytes:
    value = from_base64(line)
    if len(value) != HASH_BYTES:
        raise malformed(f"A hash has {HASH_BYTES} bytes, this one {len(value)}")
    return value
