"""Reads a mirror on a spare box: nothing is used before it is verified under the key that the owner card opened.

Leaves count as far as a checkpoint signed by the box covers them. Knows nothing of a database. Blocks.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.core import entries, mirror
from appliance.core.documents import digest
from appliance.core.entries import MAX_LEAF, Entry
from appliance.core.keys import PrivateKey, PublicKey, open_key_file
from appliance.core.merkle import Tree, leaf_hash
from appliance.core.mirror import MAX_LINE, Terms
from appliance.core.tlog import origin, read_checkpoint, read_origin
from appliance.errors import KeyFileError, PaperError, PassphraseError, StoreError
from appliance.files import open_regular, read_limited
from appliance.store.mirror.places import LOG, Places
from appliance.store.second import Head, SecondPlace
from appliance.store.unsaid import Key, Unsaid

_SMALL = 64 * 1024
_BODY = 16 << 20
_LARGEST = 256 << 20  # some 300,000 entries; all are held in memory


@dataclass(frozen=True, slots=True)
class Identity:
    """The box's key, and the secret that the rest of the stick is sealed with."""

    key: PrivateKey
    secret: bytes


@dataclass(frozen=True, slots=True)
class Incarnation:
    """One incarnation as far as it is proved. `doubtful`: leaves beyond that, which prove nothing."""

    number: int
    entries: tuple[Entry, ...]
    leaves: tuple[bytes, ...]
    root: bytes
    doubtful: tuple[Entry, ...]

    @property
    def head(self) -> Head:
        return Head(self.number, len(self.leaves), self.root)


def find(path: Path) -> Places:
    """The mirror on a stick, given as the stick, its folder STALLBOX or the folder itself. StoreError."""
    for folder in (path, path / "MIRROR", path / "STALLBOX" / "MIRROR"):
        if (folder / "identity.json").is_file():
            return Places(folder)
    raise StoreError("store", f"There is no mirror on {path}: it should have a folder STALLBOX/MIRROR.")


def open_identity(places: Places, secret: str) -> Identity:
    """What the owner card opens; KeyFileError for another card, after the same work."""
    data = read_limited(places.identity, _SMALL, "The mirror's identity.json")
    try:
        key, sealing = open_key_file(data, secret)
    except PassphraseError as error:
        raise KeyFileError(
            "key-file", "This owner card does not open the mirror: type the 26 characters of its own box's card."
        ) from error
    if not isinstance(key, PrivateKey) or sealing is None:
        raise KeyFileError("key-file", "The mirror's identity.json is not one that a box has sealed.")
    return Identity(key, sealing)


def read_terms(places: Places, identity: Identity) -> tuple[Terms, bytes]:
    """How the mirror was kept, and the box's settings. PaperError where they were changed."""
    settings = read_limited(places.settings, _SMALL, "The mirror's settings.toml")
    sealed = read_limited(places.terms, _SMALL, "The mirror's terms.sealed").rstrip(b"\n")
    terms = mirror.read_terms(identity.secret, sealed)
    if digest(settings) not in terms.settings:
        raise PaperError("wrong-digest", "The settings on the mirror are not those of the box. Prepare it again.")
    return terms, settings


def read_logs(places: Places, box: PublicKey) -> list[Incarnation]:
    """Every incarnation of which anything is proved, oldest first; what a cut left of one that had just begun is in
    doubt behind the newest. PaperError where one does not hold; StoreError where there is none."""
    numbers = [int(match[1]) for path in places.path.iterdir() if (match := LOG.fullmatch(path.name))]
    found = [_read_log(places, number, box) for number in numbers]
    if not any(log.leaves for log in found):
        raise StoreError("store", "The mirror holds no ledger. Is this the right stick?")
    *past, newest = _in_order([log for log in found if log.leaves], box)
    begun = (entry for log in found if not log.leaves for entry in log.doubtful)
    return [*past, replace(newest, doubtful=(*newest.doubtful, *begun))]


def read_second(places: Places) -> Head | None:
    """The newest of the two slots; None where none is whole."""
    if not places.second.is_file():
        return None
    second = SecondPlace(places.second)
    try:
        return second.read()
    finally:
        second.close()


def read_unsaid(places: Places, secret: bytes) -> Unsaid:
    """What no leaf says. A line that a cut has torn, or that somebody else wrote, is left out."""
    found = Unsaid()
    for line in _lines(places.unsaid, MAX_LINE) if places.unsaid.exists() else ():
        with contextlib.suppress(PaperError):
            found.take(mirror.unseal(secret, line))
    return found


def read_frozen(places: Places, wanted: Mapping[tuple[Key, str], str]) -> dict[Key, dict[str, bytes]]:
    """The bytes of those files that are what the box froze; others are made anew where somebody asks."""
    found: dict[Key, dict[str, bytes]] = {}
    for (key, kind), sha256 in wanted.items():
        try:
            body = read_limited(places.frozen(key, kind), _BODY, kind)
        except PaperError:
            continue
        if digest(body) == sha256:
            found.setdefault(key, {})[kind] = body
    return found


def _read_log(places: Places, number: int, box: PublicKey) -> Incarnation:
    leaves = _lines(places.log(number), MAX_LEAF)
    if _has_just_begun(places, number):
        return Incarnation(number, (), (), Tree().root(), _doubtful(leaves))
    text = read_limited(places.checkpoint(number), _SMALL, f"The mirror's checkpoint of ledger {number}").decode(
        errors="replace"
    )
    checkpoint = read_checkpoint(text, box.raw)
    tree = Tree(map(leaf_hash, leaves[: checkpoint.size]))
    if checkpoint.origin != origin(box.id, number) or (tree.size, tree.root()) != (checkpoint.size, checkpoint.root):
        raise PaperError(
            "doc-signature",
            f"Ledger {number} on the mirror is not the one that the box signed. Take the mirror's copy.",
        )
    held = [entries.read(leaf) for leaf in leaves[: tree.size]]
    return Incarnation(number, tuple(held), tuple(leaves[: tree.size]), tree.root(), _doubtful(leaves[tree.size :]))


def _has_just_begun(places: Places, number: int) -> bool:
    """Whether a cut came before its first checkpoint; once the slots tell of it, a missing one is a loss."""
    if places.checkpoint(number).exists():
        return False
    second = read_second(places)
    return second is not None and second.incarnation != number


def _doubtful(leaves: Sequence[bytes]) -> tuple[Entry, ...]:
    found = []
    for leaf in leaves:
        try:
            found.append(entries.read(leaf))
        except PaperError:
            break  # torn, or not the box's: neither is it used
    return tuple(found)


def _in_order(logs: Sequence[Incarnation], box: PublicKey) -> list[Incarnation]:
    """By what each names as `previous`; PaperError where two go on from nothing that leads to the other."""
    waiting = {log.number: log for log in logs}
    before = {number: _previous(log, box) for number, log in waiting.items()}
    ordered: list[Incarnation] = []
    while waiting:
        ready = [number for number in waiting if before[number] not in waiting]
        if not ready:
            raise PaperError("doc-malformed", "The ledgers on the mirror follow each other in a circle.")
        ordered += [waiting.pop(number) for number in sorted(ready, key=lambda n: before[n] is not None)]
    return ordered


def _previous(log: Incarnation, box: PublicKey) -> int | None:
    named = log.entries[0].fields.get("previous")
    return read_origin(read_checkpoint(named, box.raw).origin)[1] if isinstance(named, str) else None


def _lines(path: Path, longest: int) -> list[bytes]:
    """Whole lines without their ends, up to one that is too long to be the box's: a cut may leave any bytes behind what
    was synced. PaperError where the file is too long."""
    found = []
    with os.fdopen(open_regular(path, f"The mirror's {path.name}"), "rb") as file:
        if os.fstat(file.fileno()).st_size > _LARGEST:
            raise PaperError("doc-too-large", f"The mirror's {path.name} is larger than any that a box writes.")
        while (line := file.readline(longest + 2)).endswith(b"\n"):
            found.append(line[:-1])
    return found
