"""Keys of repeated requests: a request that came twice is answered twice and done once.

Reads the Idempotency-Key field (draft-ietf-httpapi-idempotency-key-header) and the hidden key of a form. Knows
nothing of what the request does; the ledger keeps the answers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from appliance.errors import RequestError

FIELD = "Idempotency-Key"
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,128})"')
_BARE = re.compile(r"[A-Za-z0-9._~:+/=-]{1,128}")
_ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Key:
    """What the sender calls this request, and what the request is: another one under the same name is refused."""

    text: str
    fingerprint: bytes  # SHA-256 of method, path and body


class InFlight:
    """The keys of requests that are under way in this process."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    @contextmanager
    def hold(self, key: Key | None) -> Iterator[None]:
        """Holds the key while its request runs; `in-flight` where another one runs under it."""
        if key is None:
            yield
            return
        if key.text in self._keys:
            raise RequestError(
                "in-flight", f"A request with this {FIELD} is still running. Wait for its answer.", status_hint=409
            )
        self._keys.add(key.text)
        try:
            yield
        finally:
            self._keys.discard(key.text)


def key_of(text: str, method: str, path: str, body: bytes) -> Key:
    """The key `text` on this very request."""
    digest = hashlib.sha256()
    for part in (method.encode(), path.encode("utf-8", "surrogateescape"), body):
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return Key(text, digest.digest())


def read_field(value: str) -> str:
    """The key in the field: a quoted string (RFC 9651) or the bare text that many clients send; else `bad-request`."""
    value = value.strip()
    quoted = _QUOTED.fullmatch(value)
    if quoted is not None:
        return _ESCAPED.sub(r"\1", quoted[1])
    if _BARE.fullmatch(value):
        return value
    raise RequestError("bad-request", f"{FIELD} must be a quoted text of 1 to 128 characters.")
