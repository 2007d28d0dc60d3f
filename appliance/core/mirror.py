"""What only a mirror stick holds (FORMATS §7): what is sealed under the owner card, and the mark of its adoption.

Knows bytes; draws no nonce and touches no file.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from nacl import secret
from nacl.exceptions import CryptoError

from appliance.core import entries
from appliance.core.documents import DIGEST, Fields, Json, malformed, read_json, write_json
from appliance.core.entries import MAX_LEAF, Entry
from appliance.core.keys import PublicKey
from appliance.core.merkle import leaf_hash
from appliance.core.tlog import origin, read_checkpoint
from appliance.errors import PaperError

MAX_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Terms:
    """How the mirror was kept, sealed beside it. `settings`: digests of the settings that belong to it, two while they
    change."""

    is_sync: bool
    settings: tuple[str, ...]


def seal(key: bytes, value: Mapping[str, object], nonce: bytes) -> bytes:
    """A line, without its end, that only who has the card can read or make. ValueError beyond MAX_LINE."""
    line = b64encode(secret.SecretBox(key).encrypt(write_json(value), nonce))
    if len(line) > MAX_LINE:
        raise ValueError(f"a sealed line of {len(line)} bytes is too long")
    return line


def unseal(key: bytes, line: bytes) -> dict[str, Json]:
    """What `seal` was given; `doc-malformed` for any other line."""
    if len(line) > MAX_LINE:
        raise malformed("A sealed line is too long")
    try:
        sealed = b64decode(line, validate=True)
        data = secret.SecretBox(key).decrypt(sealed)
    except (CryptoError, ValueError) as error:
        raise malformed("A sealed line is not what this box wrote") from error
    if b64encode(sealed) != line:
        raise malformed("A sealed line has stray bits")
    return read_json(data, "The sealed line", MAX_LINE)


def seal_terms(key: bytes, terms: Terms, nonce: bytes) -> bytes:
    return seal(key, {"sync": terms.is_sync, "settings": list(terms.settings)}, nonce)


def read_terms(key: bytes, line: bytes) -> Terms:
    """`doc-malformed` where these are not the terms that the box sealed."""
    f = Fields(unseal(key, line), "mirror", "sync", "settings")
    return Terms(f.boolean("sync"), f.texts("settings", DIGEST))


def adoption(leaf: bytes, checkpoint: str) -> bytes:
    """The file `ADOPTED`: the restart leaf of the new incarnation, one LF, the checkpoint of size 1."""
    return leaf + b"\n" + checkpoint.encode()


def read_adoption(data: bytes, box: PublicKey) -> Entry:
    """The restart that another machine, which has this box's key, has begun; PaperError where none proves it."""
    leaf, _, note = data.partition(b"\n")
    if len(leaf) > MAX_LEAF:
        raise PaperError("doc-too-large", "ADOPTED holds more than a ledger entry.")
    restart = entries.read(leaf)
    try:
        checkpoint = read_checkpoint(note.decode(), box.raw)
    except UnicodeDecodeError as error:
        raise malformed("ADOPTED is not text") from error
    is_of_it = (checkpoint.origin, checkpoint.size, checkpoint.root) == (
        origin(box.id, restart.incarnation),
        1,
        leaf_hash(leaf),
    )
    if not is_of_it or restart.box != box.id or restart.fields.get("reason") != "adopted":
        raise malformed("ADOPTED does not say that this box was adopted")
    return restart
