"""Files as evidence: what each one claims to be, by its content and never by its name.

Knows how to tell the kinds apart and how large each may be. Verifies nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.core.batch import MAX_BATCH
from appliance.core.certificate import MAX_LINE
from appliance.core.envelope import MAX_ENVELOPE, Kind
from appliance.core.manifest import MAX_SIZE
from appliance.errors import PaperError
from appliance.files import open_regular

_MAX_PACK = (MAX_LINE + 1) * MAX_SIZE
_HEAD = 65536


class Sort(StrEnum):
    """What a file claims to be."""

    TRUST = "trust document"
    DROP = "manifest"
    ALLOTMENT = "allotment"
    CERTIFICATE = "certificate"
    PACK = "certificate pack"
    RECEIPT = "receipt"
    BATCH = "batch"
    ARCHIVE = "archive"
    OTHER = "other"


_LIMITS = {Sort.BATCH: MAX_BATCH, Sort.PACK: _MAX_PACK}
_PAPERS = {
    Kind.TRUST.media_type: Sort.TRUST,
    Kind.DROP.media_type: Sort.DROP,
    Kind.ALLOTMENT.media_type: Sort.ALLOTMENT,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One file. `data` is empty for archives, which are read member by member, and for what is no evidence."""

    path: Path
    sort: Sort
    data: bytes = b""


def gather(paths: Iterable[Path]) -> list[Piece]:
    """Every file that is named, and of a named folder (a bundle, a kit, an export) those that are evidence."""
    found = []
    for path in paths:
        if path.is_dir():
            found += [piece for inner in _inside(path) if (piece := _read(inner)).sort is not Sort.OTHER]
        else:
            found.append(_read(path))
    return found


def _inside(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _read(path: Path) -> Piece:
    with os.fdopen(open_regular(path, f"The file {path}"), "rb") as file:
        head = file.read(_HEAD)
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return Piece(path, Sort.ARCHIVE)
        if not head.startswith((b"{", b"c2sp.org/tlog-proof@")):
            return Piece(path, Sort.OTHER)
        data = head + file.read(_MAX_PACK + 1 - len(head))
    sort = sort_of(data)
    limit = _LIMITS.get(sort, MAX_ENVELOPE)
    if len(data) > limit:
        raise PaperError("doc-too-large", f"{path} has more than {limit} bytes: that is no {sort.value}.")
    return Piece(path, sort, b"" if sort is Sort.OTHER else data)


def sort_of(data: bytes) -> Sort:
    """By the first object in it: an envelope says its payload type, the others have fields that nothing else has."""
    if data.startswith(b"c2sp.org/tlog-proof@"):
        return Sort.RECEIPT
    line, _, rest = data.partition(b"\n")
    first = _object(line) or _object(data)
    if "payloadType" in first:
        return _PAPERS.get(str(first["payloadType"]), Sort.OTHER)
    if "consistency" in first:
        return Sort.BATCH
    if "credentialSubject" in first:
        return Sort.PACK if rest.strip() else Sort.CERTIFICATE
    return Sort.OTHER


def _object(data: bytes) -> dict[str, object]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}  # not one object: whoever is named this file hears that it is no evidence
    return value if isinstance(value, dict) else {}
