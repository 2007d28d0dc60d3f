"""Buyers' addresses, opened on the organizer's machine: the collector holds what is sealed and never has the key.

Reads a collector's database or one of its exports. Each address must belong to the entry that its box signed.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from appliance.core import contact, entries
from appliance.core.attachments import Attachment, Form
from appliance.core.contact import Contact
from appliance.core.documents import LAST_TIME, format_time
from appliance.core.entries import Entry
from appliance.core.keys import ContactKey
from appliance.errors import KeyFileError, PaperError, StoreError
from provisioning.collector.exports import csv_line
from provisioning.collector.known import Known

HEADINGS = ("email", "drop", "title", "language", "consent", "time", "box")
_SQLITE = b"SQLite format 3\0"
_BUSY_MS = 30_000
_ENTRIES = "select leaf from entries where type = 'contact'"
_SEALED = "select box, incarnation, seq, {} from attachments where form = 'sealed'"
_Place = tuple[str, int, int]  # box, incarnation, seq


@dataclass(frozen=True, slots=True)
class Held:
    """What a collector holds of addresses: the entries that say that one was left, and sealed bytes by their place."""

    entries: tuple[Entry, ...]
    sealed: Mapping[_Place, frozenset[bytes]]


@dataclass(frozen=True, slots=True)
class Left:
    """An address that was left with a sale, and where and when."""

    contact: Contact
    box: str
    lo: int  # Unix seconds of the box's clock


@dataclass(frozen=True, slots=True)
class Opened:
    """`unopened`: how many were sealed to another key, or hold what no box of ours writes."""

    left: tuple[Left, ...]
    unopened: int


def held_in(path: Path) -> Held:
    """What lies in a collector's database, or in its export as JSON or as one SQLite file. StoreError for another."""
    with path.open("rb") as file:
        is_sqlite = file.read(len(_SQLITE)) == _SQLITE
    try:
        return _of_database(path) if is_sqlite else _of_json(path)
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        raise StoreError("store", f"{path} is neither a collector's database nor an export of everything.") from error


def open_all(held: Held, key: ContactKey) -> Opened:
    """Every address that stands, once for each drop, the newest first left last.

    KeyFileError where there are some and the key opens none.
    """
    found: list[Left] = []
    sealed = list(_standing(held))
    for entry, data in sealed:
        with contextlib.suppress(CryptoError, PaperError):
            plain = SealedBox(PrivateKey(key.seed)).decrypt(data)
            found.append(Left(contact.parse(plain), entry.box, entry.time.lo))
    if sealed and not found:
        raise KeyFileError(
            "key-file", f"This key opens none of the {len(sealed)} addresses: they were sealed for another contact key."
        )
    return Opened(tuple(_once(found)), len(sealed) - len(found))


def table(left: Iterable[Left], known: Known) -> bytes:
    """CSV (RFC 4180) with a heading; nothing in it is a formula to a spreadsheet."""
    lines = [csv_line(HEADINGS)]
    lines += [csv_line(_row(each, known)) for each in left]
    return "".join(lines).encode()


def _row(left: Left, known: Known) -> tuple[str, ...]:
    each, manifest = left.contact, known.drops.get(left.contact.drop)
    return (
        each.email,
        manifest.slug if manifest else each.drop,
        known.title(each.drop),
        each.language,
        "yes" if each.has_consented else "no",
        format_time(min(left.lo, LAST_TIME)),
        known.box_name(left.box),
    )


def _standing(held: Held) -> Iterator[tuple[Entry, bytes]]:
    """The newest address of each sale: a box takes a second one only after the buyer has erased the first."""
    newest: dict[tuple[str, str], Entry] = {}
    for entry in sorted(held.entries, key=lambda entry: (entry.box, entry.time.lo, entry.incarnation, entry.seq)):
        newest[entry.box, str(entry.fields["sale"])] = entry
    for entry in newest.values():
        for data in sorted(held.sealed.get((entry.box, entry.incarnation, entry.seq), ())):
            if Attachment(entry.seq, Form.SEALED, data).belongs_to(entry):
                yield entry, data


def _once(left: Iterable[Left]) -> list[Left]:
    """Each address once for each drop, as it was left last; in order of time."""
    in_time = sorted(left, key=lambda each: (each.lo, each.box, each.contact.email))
    last = {(each.contact.email.casefold(), each.contact.drop): each for each in in_time}
    return sorted(last.values(), key=lambda each: (each.lo, each.box, each.contact.email))


def _of_database(path: Path) -> Held:
    address = f"{path.absolute().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as db:
        db.execute(f"pragma busy_timeout={_BUSY_MS}")
        db.execute("begin")
        is_export = "hex" in {row[1] for row in db.execute("pragma table_info(attachments)")}
        sealed = db.execute(_SEALED.format("hex" if is_export else "hex(data)"))
        return _held((row[0] for row in db.execute(_ENTRIES)), sealed)


def _of_json(path: Path) -> Held:
    whole = json.loads(path.read_bytes())
    leaves = (row["leaf"].encode() for row in whole["entries"] if row["type"] == "contact")
    names = ("box", "incarnation", "seq", "hex")
    sealed = (tuple(row[name] for name in names) for row in whole["attachments"] if row["form"] == "sealed")
    return _held(leaves, sealed)


def _held(leaves: Iterable[bytes], sealed: Iterable[tuple[Any, ...]]) -> Held:
    by_place: dict[_Place, set[bytes]] = {}
    for *place, text in sealed:
        box, incarnation, seq = place
        by_place.setdefault((box, incarnation, seq), set()).add(bytes.fromhex(text))
    return Held(
        tuple(map(entries.read, leaves)),
        {place: frozenset(found) for place, found in by_place.items()},
    )
