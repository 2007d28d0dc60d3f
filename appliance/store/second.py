"""The second place: how far the ledger had come, kept outside it, so that a history that went back is noticed.

FORMATS §5. One small file of two alternating slots, each with a checksum: a torn write leaves the other slot.
Knows nothing of SQLite.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core.documents import DIGEST, Fields, read_json, write_json
from appliance.errors import PaperError
from appliance.files import sync_directory

SLOT = 64 * 1024
_CHECKSUM = 32
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Head:
    """Incarnation, size and root of the ledger, and the highest sold number per drop id."""

    incarnation: int
    size: int
    root: bytes
    highest: dict[str, int] = field(default_factory=dict)


class SecondPlace:
    """The file. One writer; every write is durable before it returns."""

    def __init__(self, path: Path) -> None:
        is_new = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._turn = 0
        if is_new:
            os.write(self._file, bytes(2 * SLOT))
            os.fsync(self._file)
            sync_directory(path.parent)

    def read(self) -> Head | None:
        """The newest head that is whole; None where no slot is."""
        slots = [found for index in (0, 1) if (found := _decode(os.pread(self._file, SLOT, index * SLOT)))]
        if not slots:
            return None
        self._turn, head = max(slots, key=lambda slot: slot[0])
        return head

    def write(self, head: Head) -> None:
        """Makes `head` durable in the slot that is not the newest. OSError where the disk refuses."""
        turn = self._turn + 1
        os.pwrite(self._file, _encode(turn, head), (turn % 2) * SLOT)
        os.fdatasync(self._file)
        self._turn = turn

    def close(self) -> None:
        os.close(self._file)


def _encode(turn: int, head: Head) -> bytes:
    body = write_json(
        {
            "turn": turn,
            "incarnation": head.incarnation,
            "size": head.size,
            "root": head.root.hex(),
            "highest": head.highest,
        }
    )
    slot = len(body).to_bytes(_LENGTH) + hashlib.sha256(body).digest() + body
    if len(slot) > SLOT:
        raise ValueError("the second place holds too many drops")
    return slot


def _decode(slot: bytes) -> tuple[int, Head] | None:
    length = int.from_bytes(slot[:_LENGTH])
    start = _LENGTH + _CHECKSUM
    body = slot[start : start + length]
    if not length or len(body) != length or hashlib.sha256(body).digest() != slot[_LENGTH:start]:
        return None
    try:
        return _read(body)
    except PaperError:
        return None


def _read(body: bytes) -> tuple[int, Head]:
    f = Fields(read_json(body, "slot", SLOT), "slot", "turn", "incarnation", "size", "root", "highest")
    table = f.raw("highest")
    drops = Fields(table, "slot.highest", *(table if isinstance(table, dict) else ()))
    highest = {drop: drops.integer(drop) for drop in (table if isinstance(table, dict) else ())}
    root = bytes.fromhex(f.text("root", DIGEST))
    return f.integer("turn"), Head(f.integer("incarnation"), f.integer("size"), root, highest)
