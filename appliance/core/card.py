"""The owner card's secret: 26 Crockford base32 characters (130 bits) that pair a phone. The box knows only a digest."""

from __future__ import annotations

import hashlib
import re

from appliance.core.claim import ALIASES, ALPHABET, crockford
from appliance.core.documents import DIGEST, Fields, read_json, write_json

LENGTH = 26
_SECRET = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
_PREFIX = b"stallbox-card-v1"
_KIND = "stallbox-owner-card"


def make_secret(entropy: bytes) -> str:
    """A secret out of at least 17 fresh random bytes."""
    return crockford(int.from_bytes(entropy[:17]), LENGTH)


def normalise(text: str) -> str | None:
    """The secret that a person typed or scanned; None where it cannot be one."""
    secret = re.sub(r"[\s-]", "", text[:80]).upper().translate(ALIASES)
    return secret if _SECRET.fullmatch(secret) else None


def card_hash(secret: str) -> str:
    """What a box may know of its card, hex."""
    return hashlib.sha256(_PREFIX + secret.encode("ascii")).hexdigest()


def write_record(secret: str) -> bytes:
    """The file `owner-card.json`."""
    return write_json({"kind": _KIND, "sha256": card_hash(secret)}) + b"\n"


def read_record(data: bytes) -> str:
    """The digest in `owner-card.json`; `doc-malformed` where it is no such file."""
    record = Fields(read_json(data, "owner-card.json", 1024), "owner-card", "kind", "sha256")
    record.choice("kind", frozenset({_KIND}))
    return record.text("sha256", DIGEST)
