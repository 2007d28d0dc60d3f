"""What a request for bytes gets: all of them, one range, or none (RFC 9110, sections 13 and 14).

Pure: header texts, a length and an entity-tag in, a verdict out. It knows strong entity-tags only; there are
no dates, because what the box serves is named by its digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"([0-9]*)-([0-9]*)")
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_DIGITS_THAT_MATTER = 19


@dataclass(frozen=True, slots=True)
class Asked:
    """The request: its method and its fields as sent, None where there is none."""

    method: str
    range: str | None = None
    if_range: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status (200, 206, 304, 412 or 416) and the bytes `start` up to, not including, `stop` to send."""

    status: int
    start: int = 0
    stop: int = 0


def judge(asked: Asked, etag: str, length: int) -> Verdict:
    """Decide in the order of RFC 9110 §13.2.2; `etag` is strong and without quotes, `length` in bytes.

    Several ranges get 200 with everything, as §14.2 allows; a field with a fault in it counts as absent.
    An If-Match that fails gets 412: Android's download manager resumes with it and must not splice.
    """
    if asked.if_match is not None and not _matches(asked.if_match, etag, weak=False):
        return Verdict(412)
    if asked.if_none_match is not None and _matches(asked.if_none_match, etag, weak=True):
        return Verdict(304)
    whole = Verdict(200, 0, length)
    if asked.method != "GET" or asked.range is None or not _still_the_same(asked.if_range, etag):
        return whole
    return _one_range(asked.range, length) or whole


def _still_the_same(if_range: str | None, etag: str) -> bool:
    """A date, a weak tag and another tag all mean: not known to be the same."""
    return if_range is None or if_range.strip() == f'"{etag}"'


def _matches(field: str, etag: str, *, weak: bool) -> bool:
    if field.strip() == "*":
        return True
    return any(opaque == etag and (weak or not is_weak) for is_weak, opaque in _tags(field))


def _tags(field: str) -> Iterator[tuple[bool, str]]:
    for found in _TAG.finditer(field):
        yield found[1] is not None, found[2]


def _one_range(field: str, length: int) -> Verdict | None:
    """206 or 416 for exactly one well-formed range of bytes, None for anything else."""
    unit, _, listed = field.strip().partition("=")
    ranges = [item.strip(" \t") for item in listed.split(",") if item.strip(" \t")]
    if unit.lower() != "bytes" or len(ranges) != 1:
        return None
    found = _ONE_RANGE.fullmatch(ranges[0])
    if found is None or found[0] == "-":
        return None
    first, last = _number(found[1]), _number(found[2])
    if first is None:
        return _suffix(last or 0, length)
    if last is not None and last < first:
        return None
    if first >= length:
        return Verdict(416)
    return Verdict(206, first, length if last is None else min(last + 1, length))


def _suffix(count: int, length: int) -> Verdict | None:
    """The last bytes. Of an empty body that is the whole: Content-Range has no words for it."""
    if count == 0:
        return Verdict(416)
    return Verdict(206, max(0, length - count), length) if length else None


def _number(digits: str) -> int | None:
    """A number of any length; what is larger than every body stays so, without the cost of its digits."""
    if not digits:
        return None
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _DIGITS_THAT_MATTER else 10**_DIGITS_THAT_MATTER
