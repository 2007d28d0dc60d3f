"""What the box remembers of its mirror, in its key directory: which stick, how it is kept, and the card's secret.

With it the box goes on mirroring after a restart without the card. Knows files; asks nobody.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import card, mirror
from appliance.core.documents import DIGEST, Fields, digest, read_json, write_json
from appliance.core.keys import NONCE_BYTES, SALT_BYTES, PrivateKey, Sealing, write_key_file
from appliance.core.mirror import Terms
from appliance.core.stick import HOME, MIRROR
from appliance.errors import KeyFileError, PaperError, StoreError
from appliance.files import make_folder, read_limited, read_secret, write_durably
from appliance.store.mirror.places import Places

_KIND = "stallbox-mirror"
_MAX = 8192


@dataclass(frozen=True, slots=True)
class Kept:
    """The mirror of this box. `path`: the folder that was named; None where any stick may bring it."""

    path: str | None
    is_sync: bool
    is_waived: bool  # the stall owner said to go on without it, until it is back
    identity: str  # digest of the stick's identity.json
    secret: bytes = field(repr=False)


def read(keys: Path) -> Kept | None:
    """None where no mirror is kept. KeyFileError where the file is damaged."""
    path = keys / "mirror.json"
    if not path.exists():
        return None
    try:
        f = Fields(
            read_json(read_secret(path, _MAX), "mirror.json", _MAX),
            "mirror",
            *("kind", "path", "sync", "waived", "identity", "secret"),
        )
        f.choice("kind", frozenset({_KIND}))
        secret = b64decode(f.text("secret"), validate=True)
        named = f.optional("path", f.text)
        return Kept(named, f.boolean("sync"), f.boolean("waived"), f.text("identity", DIGEST), secret)
    except (PaperError, ValueError) as error:
        raise KeyFileError("key-file", f"{path} is damaged. Remove it and prepare the mirror anew.") from error


def write(keys: Path, kept: Kept | None) -> None:
    """Remembers it, durably; None: no mirror any more."""
    path = keys / "mirror.json"
    if kept is None:
        path.unlink(missing_ok=True)
        return
    record = {
        "kind": _KIND,
        "path": kept.path,
        "sync": kept.is_sync,
        "waived": kept.is_waived,
        "identity": kept.identity,
        "secret": b64encode(kept.secret).decode(),
    }
    write_durably(path, write_json(record) + b"\n", 0o600)


def prepare(places: Places, key: PrivateKey, secret: str, *, is_sync: bool, named: str | None) -> Kept:
    """Makes a folder the mirror of this box: its identity, sealed under the owner card.

    `secret`: the card's 26 characters. StoreError where it is another box's mirror, OSError where the stick refuses.
    """
    _check_free(places, key)
    make_folder(places.path)
    sealing = Sealing(secret, os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES))
    identity = write_key_file(key, sealing)
    write_durably(places.identity, identity, 0o600)
    places.adopted.unlink(missing_ok=True)  # it was this box that adopted it, or nobody can tell who
    return Kept(named, is_sync, is_waived=False, identity=digest(identity), secret=sealing.secret)


def write_terms(places: Places, kept: Kept, settings: bytes) -> None:
    """The box's settings as they are now, and how the mirror is kept; what a cut leaves belongs together. OSError."""
    now = (digest(settings),)
    before = _settings_before(places, kept)
    if before and before != now:
        _seal_terms(places, kept, before + now)
    write_durably(places.settings, settings, 0o600)
    _seal_terms(places, kept, now)


def _settings_before(places: Places, kept: Kept) -> tuple[str, ...]:
    """None where it is prepared for the first time, or was damaged."""
    try:
        return mirror.read_terms(kept.secret, read_limited(places.terms, _MAX, "The terms").rstrip(b"\n")).settings
    except PaperError:
        return ()


def _seal_terms(places: Places, kept: Kept, settings: tuple[str, ...]) -> None:
    terms = mirror.seal_terms(kept.secret, Terms(kept.is_sync, settings), os.urandom(NONCE_BYTES))
    write_durably(places.terms, terms + b"\n", 0o600)


def check_named(folder: Path, data: Path) -> None:
    """StoreError where the place that shall hold the mirror's folder is not there, or would be lost with `data`."""
    place = folder.parent.parent if folder.parts[-2:] == (HOME, MIRROR) else folder.parent
    if not place.is_dir():
        raise StoreError("store", f"There is no folder {place}. Name the stick, or a folder on another disk.")
    if place.resolve().is_relative_to(data.resolve()):
        raise StoreError("store", f"{place} is the box's own data, and is lost with it. Name a stick or another disk.")


def _check_free(places: Places, key: PrivateKey) -> None:
    if not places.identity.exists():
        return
    held = read_json(read_limited(places.identity, _MAX, "The stick's identity.json"), "identity.json", _MAX)
    if held.get("public") != key.public.did:
        raise StoreError(
            "store", "This stick is the mirror of another box. Take another stick, or empty its folder MIRROR first."
        )


def check_links(folder: Path) -> None:
    """StoreError where anything in the folder is a link: what is written there must stay there."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                raise StoreError("store", f"{entry.name} on the mirror stick is a link. Prepare another stick.")
            if entry.is_dir(follow_symlinks=False):
                check_links(Path(entry.path))


def is_this(places: Places, kept: Kept) -> bool:
    """Whether the folder is the mirror that was prepared, and no other."""
    try:
        return digest(read_limited(places.identity, _MAX, "identity.json")) == kept.identity
    except PaperError:
        return False


def check_card(record: str | None, text: str) -> str:
    """The secret of a card that somebody typed; StoreError unless it is this box's owner card."""
    secret = card.normalise(text)
    if secret is None or record is None or card.card_hash(secret) != record:
        raise StoreError("unpaired", "This is not the owner card of this box. Type its 26 characters.", status_hint=403)
    return secret
