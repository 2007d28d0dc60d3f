"""The shelf: files by their digest, immutable, whole or absent, checked again in the background.

Knows bytes and digests; not which drop they belong to. Everything here blocks: call it in a thread.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from appliance.errors import PaperError, StoreError
from appliance.files import durable_file, free_space, make_folder, sync_directory, write_all
from appliance.store.writing import writing

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Shelved:
    """A file that is on the shelf."""

    sha256: str
    length: int
    crc32: int


class Shelf:
    def __init__(self, folder: Path, reserve: int) -> None:
        self._folder = folder
        self._reserve = reserve
        make_folder(folder)
        for part in folder.glob("[0-9a-f][0-9a-f]/.*.part"):
            part.unlink(missing_ok=True)  # what a cut left half written

    def path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def holds(self, sha256: str, length: int) -> bool:
        try:
            return self.path(sha256).stat().st_size == length
        except OSError:
            return False

    def open(self, sha256: str) -> BinaryIO:
        """The file, for reading. StoreError `not-ready` where the shelf has lost it."""
        try:
            return self.path(sha256).open("rb")
        except OSError as error:
            raise StoreError("not-ready", f"A file of this drop cannot be read ({error.strerror}).") from error

    def check_room(self, wanted: int) -> None:
        """`no-space` unless `wanted` bytes fit and the ledger's reserve stays free."""
        room = free_space(self._folder) - self._reserve
        if wanted > room:
            raise PaperError(
                "no-space",
                f"The drop needs {wanted >> 20} MB and {max(0, room) >> 20} MB are free. Sales go on; "
                "remove something or use a larger card.",
            )

    def take(self, file: BinaryIO, name: str, length: int, sha256: str, progress: Callable[[int], None]) -> Shelved:
        """Copies a file to the shelf while hashing it; what differs from length or digest never gets there.

        `missing-file` where it is short or cannot be read, `wrong-digest` where it is long or another, `no-space`;
        StoreError `not-ready` where the shelf cannot be written. `progress` hears of each chunk.
        """
        crc = 0
        hasher = hashlib.sha256()
        with writing(f"The file {name}"), durable_file(self._room_for(sha256)) as out:
            if os.fstat(file.fileno()).st_size > length:
                raise wrong_digest(name, "is longer than")
            for chunk in _brought(name, _chunks(file, length)):
                hasher.update(chunk)
                crc = zlib.crc32(chunk, crc)
                write_all(out, chunk)
                progress(len(chunk))
            if os.lseek(out, 0, os.SEEK_CUR) < length:
                raise PaperError("missing-file", f"The file {name} is not whole yet.")
            if hasher.hexdigest() != sha256:
                raise wrong_digest(name, "is not")
        return Shelved(sha256, length, crc)

    def put(self, data: bytes) -> Shelved:
        """Puts bytes made here on the shelf; `no-space` and `not-ready` as in `take`."""
        sha256 = hashlib.sha256(data).hexdigest()
        if not self.holds(sha256, len(data)):
            with writing("A picture of the cover"), durable_file(self._room_for(sha256)) as out:
                write_all(out, data)
        return Shelved(sha256, len(data), zlib.crc32(data))

    def check(self, sha256: str) -> Shelved | None:
        """Reads a file whole: its length and CRC-32 if it still is what its name says, else None."""
        crc, length = 0, 0
        hasher = hashlib.sha256()
        try:
            with self.path(sha256).open("rb") as file:
                for chunk in _chunks(file, None):
                    hasher.update(chunk)
                    crc = zlib.crc32(chunk, crc)
                    length += len(chunk)
        except OSError:
            return None
        return Shelved(sha256, length, crc) if hasher.hexdigest() == sha256 else None

    def is_whole(self, sha256: str) -> bool:
        """Whether a file, read to its end, still is what its name says."""
        return self.check(sha256) is not None

    def quarantine(self, sha256: str) -> None:
        """Takes a file that is no longer what it was out of the way; it is kept for who wants to look."""
        folder = self._folder / "quarantine"
        make_folder(folder)
        path = self.path(sha256)
        if path.exists():
            path.rename(folder / sha256)
            sync_directory(folder)
            sync_directory(path.parent)

    def _room_for(self, sha256: str) -> Path:
        target = self.path(sha256)
        make_folder(target.parent)
        return target


def wrong_digest(name: str, how: str) -> PaperError:
    return PaperError("wrong-digest", f"The file {name} {how} the one that the creator signed. Copy it again.")


def _brought(name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks of a file that comes from outside: a stick may be pulled out at any moment."""
    try:
        yield from chunks
    except OSError as error:
        raise PaperError("missing-file", f"The file {name} cannot be read ({error.strerror}).") from error


def _chunks(file: BinaryIO, limit: int | None) -> Iterator[bytes]:
    left = limit
    while chunk := file.read(_CHUNK if left is None else min(_CHUNK, left)):
        yield chunk
        if left is not None:
            left -= len(chunk)
