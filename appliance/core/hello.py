"""The `hello` paper: a collector on the local network proves its key over this very connection (FORMATS §6)."""

from __future__ import annotations

import re

from appliance.core import envelope
from appliance.core.documents import DIGEST, HEX_ID, Fields, read_json
from appliance.core.envelope import Kind
from appliance.core.trust import Chain
from appliance.errors import PaperError

SERVICE = "_stallbox-coll._tcp.local."
"""Under which collectors nearby announce themselves by DNS-SD; 15 characters at most (RFC 6335 §5.1)."""

_NONCE = re.compile(r"[0-9a-f]{32}")


def check(data: bytes, chain: Chain, box: str, nonce: str, certificate: str) -> str:
    """The name of the cosigner who greets this box, with its nonce, over TLS with that certificate (SHA-256, hex).

    `doc-malformed`; `doc-role` where a cosigner has not signed, or has signed for another box, question or connection.
    """
    read = envelope.read(data, Kind.HELLO)
    f = Fields(read_json(read.payload, "The greeting", Kind.HELLO.max_payload), "hello", "spec", "box", "nonce", "tls")
    f.spec()
    said = (f.text("box", HEX_ID), f.text("nonce", _NONCE), f.text("tls", DIGEST))
    known = [each for each in chain.current.cosigners if each.key.did not in chain.revoked_keys]
    signers = read.signers(each.key for each in known)
    if not signers:
        raise PaperError("doc-role", "This collector is none that the trust document lists. Nothing was sent to it.")
    if said != (box, nonce, certificate):
        raise PaperError("doc-role", "This greeting is for another box or connection. Nothing was sent.")
    return next(each.name for each in known if each.key.raw in signers)
