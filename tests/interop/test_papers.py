"""securesystemslib and OpenSSL verify our papers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.core.envelope import Kind, pae, read, sign
from appliance.core.keys import PrivateKey
from tests.interop.tools import verify_with_openssl

pytestmark = pytest.mark.interop

ROOT = [PrivateKey(bytes([number]) * 32) for number in range(1, 4)]
PAYLOAD = '{"title":"Hafenlichter – Ø"}'.encode()


def signed_by(*keys: PrivateKey) -> dict[str, object]:
    envelope: dict[str, object] = json.loads(sign(Kind.TRUST, PAYLOAD, keys))
    return envelope


def accepted(envelope: dict[str, object], keys: list[PrivateKey], threshold: int) -> bool:
    """Whether securesystemslib counts at least `threshold` of `keys` under the envelope."""
    reason = "securesystemslib is not installed: make test installs it"
    dsse = pytest.importorskip("securesystemslib.dsse", reason=reason)
    signer = pytest.importorskip("securesystemslib.signer", reason=reason)
    exceptions = pytest.importorskip("securesystemslib.exceptions", reason=reason)
    known = [signer.SSlibKey(key.public.did, "ed25519", "ed25519", {"public": key.public.raw.hex()}) for key in keys]
    try:
        found = dsse.Envelope.from_dict(envelope).verify(known, threshold)
    except exceptions.VerificationError:
        return False
    return len(found) >= threshold


def test_one_signature_meets_a_threshold_of_one() -> None:
    """An envelope verifies under the key that signed it and no other."""
    assert accepted(signed_by(ROOT[0]), [ROOT[0]], 1)
    assert not accepted(signed_by(ROOT[0]), [ROOT[1]], 1)


def test_two_of_three_meet_a_threshold_of_two() -> None:
    """Any two root keys are enough, one is not."""
    assert accepted(signed_by(ROOT[0], ROOT[2]), ROOT, 2)
    assert not accepted(signed_by(ROOT[0]), ROOT, 2)
    assert not accepted(signed_by(ROOT[0], ROOT[1]), ROOT[1:], 2)


def test_one_key_does_not_count_twice() -> None:
    """A copied signature meets no threshold: the library refuses the envelope."""
    with pytest.raises(ValueError, match="Multiple signatures"):
        accepted(signed_by(ROOT[0], ROOT[0]), ROOT, 2)


def test_another_payload_or_kind_is_refused() -> None:
    """A signature holds for its own bytes and its own kind of document only."""
    other = {"payload": "e30="}, {"payloadType": Kind.DROP.media_type}
    assert not any(accepted(signed_by(ROOT[0]) | change, ROOT[:1], 1) for change in other)


def test_openssl_verifies_the_bytes_that_are_signed(tmp_path: Path) -> None:
    """A signature taken from an envelope holds over the PAE bytes, and not over changed ones."""
    message, signature, key = tmp_path / "message.pae", tmp_path / "message.sig", ROOT[0].public.raw
    message.write_bytes(pae(Kind.TRUST.media_type, PAYLOAD))
    envelope = read(sign(Kind.TRUST, PAYLOAD, ROOT[:1]), Kind.TRUST)
    signature.write_bytes(envelope.signatures[0])
    assert verify_with_openssl(message, signature, key)
    assert not verify_with_openssl(message, signature, ROOT[1].public.raw)
    message.write_bytes(pae(Kind.DROP.media_type, PAYLOAD))
    assert not verify_with_openssl(message, signature, key)
