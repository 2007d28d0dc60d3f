"""DSSE 1.0.2 envelopes: who has signed these bytes as this kind of document.

Knows signatures and nothing of the payload: trust is decided elsewhere, by key bytes only; `keyid` decides nothing.
FORMATS §2; https://github.com/secure-systems-lab/dsse.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.core.documents import digest, malformed, read_json
from appliance.core.keys import PrivateKey, PublicKey
from appliance.errors import PaperError

MAX_ENVELOPE = 4 * 1024 * 1024
MAX_SIGNATURES = 16


class Kind(StrEnum):
    """The kinds of paper."""

    TRUST = "trust"
    DROP = "drop"
    ALLOTMENT = "allotment"
    CLOCK_RESET = "clock-reset"
    HELLO = "hello"
    COURIER = "courier"

    @property
    def media_type(self) -> str:
        return f"application/vnd.stallbox.{self.value}.v1+json"

    @property
    def max_payload(self) -> int:
        return MAX_ENVELOPE if self is Kind.DROP else 512 * 1024


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed payload whose signatures nobody has checked yet."""

    kind: Kind
    payload: bytes
    signatures: tuple[bytes, ...]

    @property
    def digest(self) -> str:
        return digest(self.payload)

    def signers(self, keys: Iterable[PublicKey]) -> frozenset[bytes]:
        """The distinct key bytes among `keys` that have validly signed."""
        message = pae(self.kind.media_type, self.payload)
        return frozenset(
            key.raw for key in keys if any(key.verifies(message, signature) for signature in self.signatures)
        )


def pae(media_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: the bytes that are signed."""
    kind = media_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def kind_of(data: bytes) -> Kind | None:
    """What an envelope says it holds; None for no kind of ours. Refuses what is no envelope, as `read` does."""
    media_type = read_json(data, "The envelope", MAX_ENVELOPE).get("payloadType")
    return next((kind for kind in Kind if kind.media_type == media_type), None)


def read(data: bytes, kind: Kind) -> Envelope:
    """Reads an envelope that must hold a document of `kind`; nothing is verified here.

    `doc-too-large` before parsing; `doc-role` where the payload type is another; else `doc-malformed`.
    """
    what = f"The {kind.value} envelope"
    outer = read_json(data, what, MAX_ENVELOPE)
    media_type, payload, signatures = (outer.get(n) for n in ("payloadType", "payload", "signatures"))
    if not isinstance(media_type, str) or not isinstance(payload, str) or not isinstance(signatures, list):
        raise malformed(f"{what} lacks payloadType, payload or signatures")
    if media_type != kind.media_type:
        raise PaperError("doc-role", f"This is signed as {media_type[:80]!r}, not as a {kind.value} document.")
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise malformed(f"{what} has {len(signatures)} signatures, not 1 to {MAX_SIGNATURES}")
    body = _base64(payload, what)
    if len(body) > kind.max_payload:
        raise PaperError("doc-too-large", f"The {kind.value} document has {len(body)} bytes: too many.")
    found = []
    for signature in signatures:
        if not isinstance(signature, dict) or not isinstance(text := signature.get("sig"), str):
            raise malformed(f"{what} has a signature without sig")
        found.append(_base64(text, what))
    return Envelope(kind, body, tuple(found))


def sign(kind: Kind, payload: bytes, keys: Sequence[PrivateKey]) -> bytes:
    """The envelope as JSON, one signature per key in the order given, with one line end."""
    message = pae(kind.media_type, payload)
    envelope = {
        "payloadType": kind.media_type,
        "payload": b64encode(payload).decode(),
        "signatures": [{"keyid": key.public.did, "sig": b64encode(key.sign(message)).decode()} for key in keys],
    }
    return json.dumps(envelope, separators=(",", ":")).encode() + b"\n"


def _base64(text: str, what: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise malformed(f"{what} holds text that is not base64") from error
    if b64encode(data).decode() != text:
        raise malformed(f"{what} holds base64 with stray bits")
    return data
