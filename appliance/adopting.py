"""A spare box adopts a mirror: it becomes the box that the mirror was kept by, in a new incarnation of its ledger.

Nothing is a box before the stick is marked: whatever cuts this short, the same command goes on with it.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance import settings as settings_file
from appliance.core import card as cards
from appliance.core.keys import write_key_file
from appliance.core.mirror import adoption
from appliance.errors import SettingsError, StoreError
from appliance.files import make_folder, write_durably
from appliance.folder import Folder
from appliance.premises import clock_in
from appliance.settings import Settings
from appliance.stall.boxclock import Readings
from appliance.stall.replaying import verified_drops
from appliance.stall.restoring import Restoring, opened
from appliance.store import adopted, database
from appliance.store import adoption as ledgers
from appliance.store.lock import data_lock
from appliance.store.mirror import reading
from appliance.store.mirror.places import Places
from appliance.store.mirror.reading import Identity
from appliance.store.papers import PaperShelf
from appliance.store.replay import Drop
from appliance.store.shelf import Shelf

MARKER = "adopting"  # in a data directory that is being made


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a box has become. `sales`: without void ones; `is_blocked`: the stall owner is asked about numbers;
    `missing`: files that no bundle of the mirror had."""

    name: str
    box: str
    sales: int
    is_blocked: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A mirror that was verified as far as it can be before its papers are."""

    places: Places
    identity: Identity
    is_sync: bool
    text: bytes
    settings: Settings
    logs: list[reading.Incarnation]


def adopt(stick: Path, data: Path, card: str, *, went_on: Callable[[], bool], readings: Readings) -> Adopted:
    """Makes `data` the box of the mirror on `stick`. Blocks. StallboxError says what is wrong; run it again then.

    `card`: what was typed of the owner card. `went_on` is asked, for a mirror in `sync` mode, whether the old box may
    have sold while the stick was out of it.
    """
    if (data / "stallbox.toml").exists():
        raise SettingsError("settings", f"{data} is a box already. Adopt into another folder: --dir.")
    places = reading.find(stick)
    secret = cards.normalise(card) or "0" * cards.LENGTH
    found = _found(places, reading.open_identity(places, secret))
    make_folder(data, 0o700)
    with data_lock(data):
        with opened(places.path, found.identity.key.public.id) as bundles:
            if not _is_done(found, data / "ledger.db"):
                is_certain = found.is_sync and not went_on()
                _clear(data)
                _make(found, bundles, data, secret, is_certain=is_certain, readings=readings)
            missing = bundles.files(Shelf(data / "shelf", found.settings.reserve))
        (data / MARKER).unlink(missing_ok=True)
        write_durably(data / "stallbox.toml", found.text, 0o600)
    return _said(found, data / "ledger.db", tuple(missing))


def _found(places: Places, identity: Identity) -> _Found:
    terms, text = reading.read_terms(places, identity)
    settings = settings_file.parse(text.decode(errors="replace"))
    return _Found(places, identity, terms.is_sync, text, settings, reading.read_logs(places, identity.key.public))


def _is_done(found: _Found, ledger: Path) -> bool:
    """Whether the stick is marked by what was cut short here; StoreError where another box has marked it."""
    places, box = found.places, found.identity.key.public
    if adopted.look(places, box, lambda incarnation: _holds(ledger, incarnation)) is not None:
        raise StoreError(
            "adopted",
            "This mirror was adopted already, and another box sells in its place. If that box is lost, too, adopt the "
            "mirror that it has kept since.",
        )
    return adopted.look(places, box, lambda _: False) is not None


def _holds(ledger: Path, incarnation: int) -> bool:
    if not ledger.exists():
        return False
    try:
        with contextlib.closing(database.open_looking(ledger)) as db:
            return database.holds(db, incarnation)
    except sqlite3.Error:
        return False  # it was cut short before it had a table


def _clear(data: Path) -> None:
    """Removes what an adoption that was cut short had made; files of drops stay, since they are named by digest."""
    made = (*data.glob("ledger.db*"), data / "keys", data / "papers")
    if any(path.exists() for path in made) and not (data / MARKER).exists():
        raise SettingsError("settings", f"{data} holds the data of something else. Adopt into another folder: --dir.")
    write_durably(data / MARKER, b"")
    for path in made:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _make(found: _Found, bundles: Restoring, data: Path, secret: str, *, is_certain: bool, readings: Readings) -> None:
    """Keys, papers and ledger; last the mark on the stick."""
    folder, key = Folder(data), found.identity.key
    make_folder(folder.keys, 0o700)
    write_durably(folder.keys / "box.key", write_key_file(key, None), 0o600)
    write_durably(folder.keys / "owner-card.json", cards.write_record(secret), 0o600)
    papers = PaperShelf(data / "papers")
    bundles.papers(papers)
    drops = verified_drops(papers, found.settings.pin, key.public.id)
    unsaid = reading.read_unsaid(found.places, found.identity.secret)
    frozen = reading.read_frozen(found.places, unsaid.frozen)
    ledgers.replay(folder.ledger, key, found.logs, drops, unsaid, frozen)
    at = clock_in(folder, papers, readings).now()
    blocked = _blocked(found, drops, is_certain=is_certain)
    second = folder.keys / "second-place"
    leaf, checkpoint = ledgers.go_on(
        folder.ledger, second, key, found.logs[-1].head, blocked, at, lambda: secrets.randbits(32)
    )
    _mark(found.places, adoption(leaf, checkpoint))


def _blocked(found: _Found, drops: dict[str, Drop], *, is_certain: bool) -> dict[str, tuple[int, int]]:
    """Numbers that may have been sold since the mirror's last word (FORMATS §5)."""
    if is_certain:
        highest = ledgers.highest_in_doubt(found.logs, reading.read_second(found.places))
        return {drop: (1, number) for drop, number in highest.items()}
    sizes = {drop: next(iter(held.versions.values())).size for drop, held in drops.items()}
    return {drop: (1, size) for drop, size in sizes.items() if size is not None}


def _mark(places: Places, proof: bytes) -> None:
    try:
        write_durably(places.adopted, proof)
    except OSError as error:
        raise StoreError(
            "store", f"The stick cannot be marked as adopted ({error.strerror}). Make it writable and try again."
        ) from error


def _said(found: _Found, ledger: Path, missing: tuple[str, ...]) -> Adopted:
    with contextlib.closing(database.open_looking(ledger)) as db:
        sales = db.execute("select count(*) from sales where not voided").fetchone()[0]
        is_blocked = db.execute("select 1 from numbers where state = 'blocked'").fetchone() is not None
    return Adopted(found.settings.name, found.identity.key.public.id, sales, is_blocked, missing)
