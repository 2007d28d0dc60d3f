"""The collector's own key: it cosigns checkpoints and greets boxes, and signs nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import envelope, tlog
from appliance.core.documents import write_json
from appliance.core.envelope import Kind
from appliance.core.keys import PrivateKey
from appliance.core.trust import Chain
from appliance.errors import KeyFileError


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A key that the trust document lists as cosigner, with the `note` name it has there."""

    key: PrivateKey
    note: str

    def cosign(self, checkpoint: str, now: int) -> str:
        """The note with this cosigner's line; the caller has checked the checkpoint against all that was cosigned."""
        return tlog.cosign(checkpoint, self.note, self.key.sign, self.key.public.raw, now)

    def hello(self, box: str, nonce: str, certificate: str) -> bytes:
        """The paper that proves this key over a TLS connection with that certificate (SHA-256, hex; FORMATS §6)."""
        payload = write_json({"spec": 1, "box": box, "nonce": nonce, "tls": certificate})
        return envelope.sign(Kind.HELLO, payload, [self.key])


def cosigner_of(chain: Chain, key: PrivateKey) -> Cosigner:
    """KeyFileError where the newest trust document does not list this key as a cosigner, or one revokes it."""
    for member in chain.current.cosigners:
        if member.key.raw == key.public.raw and member.key.did not in chain.revoked_keys:
            return Cosigner(key, member.note)
    raise KeyFileError(
        "key-file",
        "The trust document does not list this key as a cosigner. Make one with `key new cosigner`, sign the trust "
        "document anew, and start the collector with both.",
        status_hint=503,
    )
