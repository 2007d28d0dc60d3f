"""A body as a list of segments: bytes that are at hand and files that lie on the shelf, one after the other.

It knows lengths and order. It refuses to open anything: whoever sends the body looks the digests up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

Source = bytes | str
"""Bytes stand for themselves; a string is the digest (64 hex digits) of a file on the shelf."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`length` bytes from the beginning of `source`."""

    length: int
    source: Source

    @classmethod
    def of_bytes(cls, data: bytes) -> Segment:
        """All of `data`."""
        return cls(len(data), data)


@dataclass(frozen=True, slots=True)
class Piece:
    """`count` bytes of `source` from `offset`; `position` is where they stand in the whole body."""

    source: Source
    offset: int
    count: int
    position: int


def total(body: Sequence[Segment]) -> int:
    """The length of the whole body in bytes."""
    return sum(segment.length for segment in body)


def cut(body: Sequence[Segment], start: int, stop: int) -> Iterator[Piece]:
    """The pieces that hold bytes `start` up to, not including, `stop`, in order and none of them empty.

    Raises ValueError unless 0 ≤ start ≤ stop ≤ total(body).
    """
    ends = list(accumulate(segment.length for segment in body))
    if not 0 <= start <= stop <= (ends[-1] if ends else 0):
        raise ValueError(f"bytes {start} to {stop} are not in this body")
    return _pieces(body, ends, start, stop)


def _pieces(body: Sequence[Segment], ends: Sequence[int], start: int, stop: int) -> Iterator[Piece]:
    for index in range(bisect_right(ends, start), len(body)):
        if start >= stop:
            return
        segment, end = body[index], ends[index]
        count = min(end, stop) - start
        if count > 0:
            yield Piece(segment.source, start - (end - segment.length), count, start)
            start += count
