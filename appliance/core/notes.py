"""Signed notes (C2SP signed-note): a text, an empty line, then signature lines of Ed25519 keys.

It knows the form of a note and how a line names its key; not what a text says, nor whose key deserves trust.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.core.documents import malformed
from appliance.core.keys import PublicKey
from appliance.errors import PaperError

ED25519 = 0x01
COSIGNATURE = 0x04
MAX_NOTE_BYTES = 128 * 1024  # sixteen post-quantum signatures must fit (C2SP signed-note)

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE_START = "— "
_KEY_ID_BYTES = 4


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A key that may sign notes. `kind` is the signature type: `ED25519` or `COSIGNATURE`."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that find the key's lines; they prove nothing."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def line(self, signature: bytes) -> str:
        """The signature line with its line end."""
        if not _is_key_name(self.name):
            raise ValueError(f"not a key name for signed notes: {self.name!r}")
        return f"{_LINE_START}{self.name} {to_base64(self.key_id + signature)}\n"

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` over `message` is this key's."""
        return PublicKey(self.public).verifies(message, signature)


@dataclass(frozen=True, slots=True)
class Note:
    """A note whose form is right. Nothing in it is verified yet."""

    text: str  # with its last line end
    signatures: tuple[tuple[str, bytes], ...]  # key name; key id and signature

    def by(self, key: NoteKey) -> Iterator[bytes]:
        """The signatures that claim to be this key's: each of them must hold."""
        for name, signed in self.signatures:
            if name == key.name and signed[:_KEY_ID_BYTES] == key.key_id:
                yield signed[_KEY_ID_BYTES:]


def split_note(note: str) -> Note:
    """The text and the signature lines. Raises `PaperError("doc-malformed")` or `"doc-too-large"`."""
    _check_characters(note)
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise malformed("A signed note ends without signature lines")
    return Note(text + "\n", tuple(_read_line(line) for line in lines[:-1].split("\n")))


def to_base64(value: bytes) -> str:
    """Standard base64 with padding (RFC 4648 §4)."""
    return base64.b64encode(value).decode("ascii")


def from_base64(text: str) -> bytes:
    """The bytes of standard base64 in its one spelling. Raises `PaperError("doc-malformed")`."""
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise malformed("A line is not standard base64") from error
    if to_base64(value) != text:
        raise malformed("A line of base64 has stray bits")
    return value


def _check_characters(note: str) -> None:
    try:
        length = len(note.encode())
    except UnicodeEncodeError:
        raise malformed("A signed note is not UTF-8") from None
    if length > MAX_NOTE_BYTES:
        raise PaperError("doc-too-large", f"This signed note has {length} bytes; at most {MAX_NOTE_BYTES} are read.")
    if _CONTROL.search(note):
        raise malformed("A signed note has control characters")


def _read_line(line: str) -> tuple[str, bytes]:
    name, separator, signed = line.removeprefix(_LINE_START).partition(" ")
    if not line.startswith(_LINE_START) or not separator or not _is_key_name(name):
        raise malformed("A signature line is not of the form “— name base64”")
    value = from_base64(signed)
    if len(value) <= _KEY_ID_BYTES:
        raise malformed("A signature line is too short to hold a signature")
    return name, value


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)
