"""Strict JSON for everything that is signed: read as the bytes are, written as JCS (RFC 8785), checked field by field.

Knows FORMATS §2's reading rules and the plain types of §1. Knows no document in particular, and no signature.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NoReturn, TypeVar

import rfc8785

from appliance.errors import PaperError

Json = dict[str, "Json"] | list["Json"] | str | int | bool | None
T = TypeVar("T")

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 8
LAST_TIME = 253_402_300_799
"""Unix seconds of 9999-12-31T23:59:59Z: nothing later can be written as RFC 3339 says."""

HEX_ID = re.compile(r"[0-9a-f]{16}")
DIGEST = re.compile(r"[0-9a-f]{64}")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
CURRENCY = re.compile(r"[A-Z]{3}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def malformed(detail: str) -> PaperError:
    """The error for a document that is not what FORMATS says, at the place that `detail` names."""
    return PaperError("doc-malformed", f"{detail}. Ask for this document to be made again.")


def digest(data: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def write_json(value: Mapping[str, object]) -> bytes:
    """JCS bytes (RFC 8785) of integers, strings, booleans, null, lists and objects."""
    return rfc8785.dumps(value)  # type: ignore[arg-type]  # its recursive type does not admit Mapping[str, object]


def read_json(data: bytes, what: str, max_bytes: int) -> dict[str, Json]:
    """One JSON object, read strictly.

    Refused: more than `max_bytes` (`doc-too-large`, before parsing); and as `doc-malformed` anything but UTF-8, a key
    twice, NaN, infinity, fractions, exponents, integers beyond ±(2^53−1), strings that are not NFC, depth over 8.
    `what` names the document in the sentence.
    """
    if len(data) > max_bytes:
        raise PaperError("doc-too-large", f"{what} has {len(data)} bytes; at most {max_bytes} are read.")
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
        _check(value, 1)
    except PaperError as error:
        raise malformed(f"{what}: {error.detail}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise malformed(f"{what} is not JSON ({error})") from error
    except RecursionError as error:
        raise malformed(f"{what} is nested deeper than {MAX_DEPTH}") from error
    if not isinstance(value, dict):
        raise malformed(f"{what} is not a JSON object")
    return value


def _fault(detail: str) -> NoReturn:
    raise PaperError("doc-malformed", detail)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _fault("a key stands twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) > MAX_INTEGER:
        _fault(f"the integer {text[:20]} is beyond 2^53−1")
    return number


def _no_number(text: str) -> NoReturn:
    _fault(f"{text[:20]} is not an integer")


def _check(value: Json, depth: int) -> None:
    if isinstance(value, str):
        if not value.isascii() and not _is_nfc(value):
            _fault("a text is not in Unicode's composed form (NFC)")
        return
    if not isinstance(value, dict | list):
        return
    if depth > MAX_DEPTH:
        _fault(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    else:
        for key, item in value.items():
            _check(key, depth)
            _check(item, depth + 1)


def _is_nfc(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text) and not any("\ud800" <= c <= "\udfff" for c in text)


def format_time(unix: int) -> str:
    """RFC 3339 in UTC, whole seconds, with Z."""
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def plain_time(unix: int) -> str:
    """The minute, for people: 2026-12-05 14:02 UTC."""
    return f"{format_time(unix)[:16].replace('T', ' ')} UTC"


def parse_time(text: str, where: str) -> int:
    """Unix seconds of `2026-11-23T08:00:00Z`; any other spelling is `doc-malformed`."""
    try:
        if not _TIME.fullmatch(text):
            raise ValueError(text)
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise malformed(f"{where}: {text!r} is not a time like 2026-11-23T08:00:00Z") from error


class Fields:
    """One JSON object with exactly the fields that are named; each getter checks type and range.

    Every fault is `doc-malformed` and names the field by its path, for example `manifest.prices[0].amount`.
    """

    def __init__(self, value: Json, where: str, *names: str) -> None:
        if not isinstance(value, dict):
            raise malformed(f"{where} is not an object")
        self._value = value
        self.where = where
        if missing := [name for name in names if name not in value]:
            raise malformed(f"{where} lacks {', '.join(missing)}")
        if unknown := sorted(set(value) - set(names)):
            raise malformed(f"{where} has a field that this version does not know: {', '.join(unknown)}")

    def at(self, name: str) -> str:
        return f"{self.where}.{name}"

    def raw(self, name: str) -> Json:
        return self._value[name]

    def text(self, name: str, pattern: re.Pattern[str] | None = None) -> str:
        value = self._value[name]
        if not isinstance(value, str):
            raise malformed(f"{self.at(name)} is not a text")
        if pattern is not None and not pattern.fullmatch(value):
            raise malformed(f"{self.at(name)}: {value[:80]!r} does not have the form {pattern.pattern}")
        return value

    def words(self, name: str) -> str:
        """A text that people read: not empty, no control characters."""
        value = self.text(name)
        if not value.strip() or any(unicodedata.category(c) == "Cc" for c in value):
            raise malformed(f"{self.at(name)} is empty or has control characters")
        return value

    def choice(self, name: str, choices: frozenset[str]) -> str:
        value = self.text(name)
        if value not in choices:
            raise malformed(f"{self.at(name)}: {value[:80]!r} is none of {', '.join(sorted(choices))}")
        return value

    def integer(self, name: str, low: int = 0, high: int = MAX_INTEGER) -> int:
        value = self._value[name]
        if not isinstance(value, int) or isinstance(value, bool):
            raise malformed(f"{self.at(name)} is not an integer")
        if not low <= value <= high:
            raise malformed(f"{self.at(name)}: {value} is not between {low} and {high}")
        return value

    def boolean(self, name: str) -> bool:
        value = self._value[name]
        if not isinstance(value, bool):
            raise malformed(f"{self.at(name)} is neither true nor false")
        return value

    def time(self, name: str) -> int:
        return parse_time(self.text(name), self.at(name))

    def https(self, name: str) -> str:
        """An absolute https URL."""
        value = self.text(name)
        if not re.fullmatch(r"https://[^/\s?#]+[^\s]*", value):
            raise malformed(f"{self.at(name)}: {value[:80]!r} is not an https address")
        return value

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        """Null, or what `read` (one of the getters) makes of it."""
        return None if self._value[name] is None else read(name)

    def items(self, name: str, low: int = 0, high: int = MAX_INTEGER) -> list[tuple[str, Json]]:
        """The list's items, each with its path for sentences."""
        value = self._value[name]
        if not isinstance(value, list):
            raise malformed(f"{self.at(name)} is not a list")
        if not low <= len(value) <= high:
            raise malformed(f"{self.at(name)} has {len(value)} items, not {low} to {high}")
        return [(f"{self.at(name)}[{i}]", item) for i, item in enumerate(value)]

    def texts(self, name: str, pattern: re.Pattern[str] | None = None) -> tuple[str, ...]:
        found = []
        for where, item in self.items(name):
            if not isinstance(item, str) or (pattern is not None and not pattern.fullmatch(item)):
                raise malformed(f"{where} is not a text of the right form")
            found.append(item)
        return tuple(found)

    def spec(self) -> None:
        """`spec` is 1: a later version of the formats needs a later stallbox."""
        if self.integer("spec") != 1:
            raise malformed(f"{self.where} is of a version that this stallbox does not know: update it")


def ranges(where: str, value: Json, high: int) -> tuple[tuple[int, int], ...]:
    """`[[from,to],…]`, inclusive, each inside 1…`high`; sorting and overlap are the caller's matter."""
    if not isinstance(value, list):
        raise malformed(f"{where} is not a list of ranges")
    found = []
    for item in value:
        if not isinstance(item, list) or len(item) != 2:
            raise malformed(f"{where}: a range is two numbers, [from,to]")
        first, last = item
        if not _is_number(first) or not _is_number(last) or not 1 <= first <= last <= high:  # type: ignore[operator]
            raise malformed(f"{where}: {item} is not a range inside 1 to {high}")
        found.append((first, last))
    return tuple(found)  # type: ignore[arg-type]  # both are integers, checked one line above


def _is_number(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
