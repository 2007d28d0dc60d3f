"""The second place: how far the ledger had come, kept outside it, so that a history that went back is noticed.

FORMATS §5. One small file of two alternating slots, each with a checksum: a torn write leaves the other slot.
Knows nothing of SQLite.
"""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core.documents import DIGEST, Fields, read_json, write_json
from appliance.errors import PaperError, StoreError
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
        """Makes the file where there is none. StoreError where it cannot be used."""
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._take_room()
            sync_directory(path.parent)
        except OSError as error:
            raise StoreError("store", f"The second place {path} cannot be used ({error.strerror}).") from error
        self._turn = 0

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
        self._put(_encode(turn, head), (turn % 2) * SLOT)
        os.fdatasync(self._file)
        self._turn = turn

    def close(self) -> None:
        os.close(self._file)

    def _take_room(self) -> None:
        """Writes both slots once, so that a full disk does not stop later writes; also after a cut right here.

        Synced each time: a slot that a killed process left in the kernel's memory counts as the newest from now on.
        """
        size = os.fstat(self._file).st_size
        if size < 2 * SLOT:
            self._put(bytes(2 * SLOT - size), size)
        os.fsync(self._file)

    def _put(self, data: bytes, position: int) -> None:
        if os.pwrite(self._file, data, position) != len(data):
            raise OSError(errno.EIO, "only a part was written")


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
