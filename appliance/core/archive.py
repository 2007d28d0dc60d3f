"""The personal archive: a stored ZIP planned as segments, so that its bytes never lie on a disk (FORMATS §7).

The same members and time give the same bytes for ever. It knows the format (PKWARE APPNOTE 6.3.10, sections
4.3 to 4.5) and nothing of claims or HTTP; CRC-32 and length of shelf files are told to it, never computed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from appliance.core.segments import Piece, Segment, Source, cut

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR64 = struct.Struct("<4sIQI")

_MADE_BY_UNIX = 3 << 8
_PLAIN, _ZIP64 = 20, 45
_UTF8 = 0x0800
_REGULAR_FILE = 0o100644 << 16
_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF

_DOS_FIRST = 315_532_800  # 1980-01-01T00:00:00Z
_DOS_LAST = 4_354_819_198  # 2107-12-31T23:59:58Z


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its name with `/` between folders, its length in bytes and its CRC-32."""

    name: str
    length: int
    crc32: int
    source: Source

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> Member:
        """A member that is at hand."""
        return cls(name, len(data), zlib.crc32(data), data)


@dataclass(frozen=True, slots=True)
class Papers:
    """What a claim adds to the files, frozen when it was first opened."""

    certificate: bytes
    picture: bytes
    receipt: bytes  # empty, and left out, where the box must not sign one
    licence: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """A planned ZIP: `length` in bytes, `etag` (strong, without quotes), and the segments that are its bytes."""

    length: int
    etag: str
    segments: tuple[Segment, ...]

    def slice(self, start: int, stop: int) -> Iterator[Piece]:
        """The pieces of bytes `start` up to, not including, `stop`; ValueError when they are not in it."""
        return cut(self.segments, start, stop)


def personal(slug: str, files: Sequence[Member], papers: Papers, issued: int) -> Archive:
    """The archive of one claim: `files` in manifest order under `<slug>/`, then its papers at the top.

    `issued` is the manifest's time in Unix seconds. The names of `files` are the manifest's paths.
    """
    return plan(
        [
            *(Member(f"{slug}/{file.name}", file.length, file.crc32, file.source) for file in files),
            Member.of_bytes("certificate.json", papers.certificate),
            Member.of_bytes("certificate.png", papers.picture),
            *([Member.of_bytes("receipt.tlog-proof", papers.receipt)] if papers.receipt else []),
            Member.of_bytes("LICENSE.txt", papers.licence),
        ],
        issued,
    )


def plan(members: Sequence[Member], issued: int) -> Archive:
    """Lay `members` out as a stored ZIP, Zip64 only where a number needs it, all dated `issued` (Unix seconds).

    No directory entries, no data descriptors, UTF-8 names. Years before 1980 and after 2107 do not exist in a
    ZIP and become its first or last moment. The ETag digests the central directory, which holds every name,
    CRC, length and place. Raises ValueError for a name that is empty, longer than 65,535 bytes or there twice.
    """
    stamp = _dos_time(issued)
    body, directory = _Body(), bytearray()
    for name, member in _named(members):
        offset = body.length
        body.add_bytes(_local_header(name, member, stamp))
        body.add(Segment(member.length, member.source))
        directory += _central_header(name, member, stamp, offset)
    start = body.length
    body.add_bytes(bytes(directory))
    body.add_bytes(_end(len(members), len(directory), start))
    return Archive(body.length, sha256(directory).hexdigest(), body.segments())


class _Body:
    """Collects segments; neighbouring bytes become one, nothing empty is kept."""

    def __init__(self) -> None:
        self.length = 0
        self._done: list[Segment] = []
        self._bytes = bytearray()

    def add(self, segment: Segment) -> None:
        if isinstance(segment.source, bytes):
            self.add_bytes(segment.source)
        elif segment.length:
            self._flush()
            self._done.append(segment)
            self.length += segment.length

    def add_bytes(self, data: bytes) -> None:
        self._bytes += data
        self.length += len(data)

    def segments(self) -> tuple[Segment, ...]:
        self._flush()
        return tuple(self._done)

    def _flush(self) -> None:
        if self._bytes:
            self._done.append(Segment.of_bytes(bytes(self._bytes)))
            self._bytes.clear()


def _named(members: Sequence[Member]) -> Iterator[tuple[bytes, Member]]:
    seen: set[bytes] = set()
    for member in members:
        name = member.name.encode()
        if not 0 < len(name) <= _MAX16:
            raise ValueError(f"a member's name has {len(name)} bytes")
        if name in seen:
            raise ValueError(f"two members are named {member.name!r}")
        seen.add(name)
        yield name, member


def _dos_time(issued: int) -> tuple[int, int]:
    """Time and date fields; the format counts in steps of two seconds."""
    when = datetime.fromtimestamp(min(max(issued, _DOS_FIRST), _DOS_LAST), UTC)
    return (
        when.hour << 11 | when.minute << 5 | when.second // 2,
        (when.year - 1980) << 9 | when.month << 5 | when.day,
    )


def _local_header(name: bytes, member: Member, stamp: tuple[int, int]) -> bytes:
    extra, size, version = b"", member.length, _PLAIN
    if member.length >= _MAX32:
        extra, size, version = _zip64_extra(member.length, member.length), _MAX32, _ZIP64
    fields = (version, _UTF8, 0, *stamp, member.crc32, size, size, len(name), len(extra))
    return _LOCAL.pack(b"PK\x03\x04", *fields) + name + extra


def _central_header(name: bytes, member: Member, stamp: tuple[int, int], offset: int) -> bytes:
    size, place = min(member.length, _MAX32), min(offset, _MAX32)
    large = [member.length, member.length] if size == _MAX32 else []
    if place == _MAX32:
        large.append(offset)
    extra = _zip64_extra(*large) if large else b""
    version = _ZIP64 if large else _PLAIN
    format_fields = (_MADE_BY_UNIX | version, version, _UTF8, 0, *stamp)
    sizes = (member.crc32, size, size, len(name), len(extra))
    rest = (0, 0, 0, _REGULAR_FILE, place)  # no comment, first disk, no internal attributes
    return _CENTRAL.pack(b"PK\x01\x02", *format_fields, *sizes, *rest) + name + extra


def _zip64_extra(*numbers: int) -> bytes:
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def _end(count: int, size: int, start: int) -> bytes:
    small = (min(count, _MAX16), min(size, _MAX32), min(start, _MAX32))
    end = _END.pack(b"PK\x05\x06", 0, 0, small[0], *small, 0)
    if count < _MAX16 and size < _MAX32 and start < _MAX32:
        return end
    record = (_MADE_BY_UNIX | _ZIP64, _ZIP64, 0, 0, count, count, size, start)
    end64 = _END64.pack(b"PK\x06\x06", _END64.size - 12, *record)
    return end64 + _LOCATOR64.pack(b"PK\x06\x07", 0, start + size, 1) + end
