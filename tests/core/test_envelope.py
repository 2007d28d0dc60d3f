"""DSSE envelopes: what is signed is what is read, by whom, as which kind."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import envelope
from appliance.core.envelope import MAX_ENVELOPE, Envelope, Kind, pae, read, sign
from appliance.errors import PaperError
from tests.organizer import key

ANA, BEN = key("ana"), key("ben")
PAYLOAD = b'{"spec":1}'
SIGNED = sign(Kind.TRUST, PAYLOAD, [ANA, BEN])


def _bent(**fields: object) -> bytes:
    return json.dumps(json.loads(SIGNED) | fields).encode()


def test_the_encoding_is_that_of_the_standard() -> None:
    """PAE of DSSE's own example."""
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.binary(max_size=200), st.sampled_from(Kind))
def test_what_is_signed_reads_back(payload: bytes, kind: Kind) -> None:
    """Payload bytes come back unchanged, and exactly those who signed are signers."""
    read_back = read(sign(kind, payload, [ANA, BEN]), kind)
    assert read_back.payload == payload
    assert read_back.signers([ANA.public, BEN.public, key("cai").public]) == {ANA.public.raw, BEN.public.raw}


@given(st.integers(0, len(SIGNED) - 2), st.integers(1, 255))
def test_one_flipped_byte_never_passes(place: int, change: int) -> None:
    """With any byte changed the envelope is refused, or lacks a signature, or still says the very same.

    The last is only so for the key ids, which decide nothing.
    """
    flipped = bytearray(SIGNED)
    flipped[place] ^= change
    try:
        found = read(bytes(flipped), Kind.TRUST)
    except PaperError:
        return
    if found.signers([ANA.public, BEN.public]) == {ANA.public.raw, BEN.public.raw}:
        assert found.payload == PAYLOAD
        assert b"keyid" in SIGNED[max(0, place - 70) : place + 70]


def test_a_payload_of_another_kind_is_refused() -> None:
    """A signature over one kind of document never passes for another's, in the type or under it."""
    with pytest.raises(PaperError) as refused:
        read(SIGNED, Kind.DROP)
    assert refused.value.code == "doc-role"
    assert "trust" in refused.value.detail
    relabelled = read(_bent(payloadType=Kind.DROP.media_type), Kind.DROP)
    assert relabelled.signers([ANA.public, BEN.public]) == frozenset()


def test_a_signature_counts_once() -> None:
    """The same key's signature twice is one signer: thresholds count distinct key bytes."""
    twice = read(sign(Kind.TRUST, PAYLOAD, [ANA, ANA]), Kind.TRUST)
    assert twice.signers([ANA.public, ANA.public]) == {ANA.public.raw}


def test_key_ids_decide_nothing() -> None:
    """Signatures are found by key bytes alone: a wrong or absent keyid neither helps nor hurts."""
    signatures = json.loads(SIGNED)["signatures"]
    swapped = [{"sig": signatures[0]["sig"], "keyid": BEN.public.did}, {"sig": signatures[1]["sig"]}]
    assert read(_bent(signatures=swapped), Kind.TRUST).signers([ANA.public]) == {ANA.public.raw}


def test_unknown_envelope_fields_and_signatures_are_ignored() -> None:
    """Rotation needs readers that pass over what they do not know outside the payload."""
    signatures = [*json.loads(SIGNED)["signatures"], {"keyid": "x", "sig": base64.b64encode(bytes(5)).decode()}]
    found = read(_bent(signatures=signatures, note="hello"), Kind.TRUST)
    assert found.signers([ANA.public]) == {ANA.public.raw}


def test_writers_write_exactly_these_fields() -> None:
    """payloadType, payload and signatures of keyid (the did:key) and sig; nothing else."""
    outer = json.loads(SIGNED)
    assert list(outer) == ["payloadType", "payload", "signatures"]
    assert outer["payloadType"] == "application/vnd.stallbox.trust.v1+json"
    assert [list(s) for s in outer["signatures"]] == [["keyid", "sig"]] * 2
    assert [s["keyid"] for s in outer["signatures"]] == [ANA.public.did, BEN.public.did]


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        SIGNED[:-20],
        _bent(payload=None),
        _bent(payload="e30"),
        _bent(payload="e31="),
        _bent(payload="e3_="),
        _bent(payload="e30=\n"),
        _bent(signatures=[]),
        _bent(signatures={}),
        _bent(signatures=[{"keyid": "x"}]),
        _bent(signatures=["x"]),
        _bent(signatures=[{"sig": "?"}]),
        _bent(signatures=[{"sig": "AAAA"}] * 17),
        SIGNED.replace(b'"payload":', b'"payload":"e30=","payload":'),
    ],
)
def test_a_broken_envelope_is_malformed(data: bytes) -> None:
    """Missing parts, base64 that is not standard, no or too many signatures, a key twice."""
    with pytest.raises(PaperError) as refused:
        read(data, Kind.TRUST)
    assert refused.value.code == "doc-malformed"


def test_sizes_are_limited_before_parsing() -> None:
    """4 MiB for any envelope, 512 KiB for every payload but a drop's."""
    with pytest.raises(PaperError) as refused:
        read(b"{" * (MAX_ENVELOPE + 1), Kind.TRUST)
    assert refused.value.code == "doc-too-large"
    large = b"x" * (512 * 1024 + 1)
    with pytest.raises(PaperError) as refused:
        read(sign(Kind.TRUST, large, [ANA]), Kind.TRUST)
    assert refused.value.code == "doc-too-large"
    assert "trust" in refused.value.detail
    assert read(sign(Kind.DROP, large, [ANA]), Kind.DROP).payload == large
    assert len(read(sign(Kind.TRUST, large[:-1], [ANA]), Kind.TRUST).payload) == 512 * 1024


def test_documents_are_equal_by_payload() -> None:
    """The digest that names a document is its payload's, whoever signed it."""
    assert read(sign(Kind.TRUST, PAYLOAD, [BEN]), Kind.TRUST).digest == read(SIGNED, Kind.TRUST).digest
    assert Envelope(Kind.DROP, PAYLOAD, ()).digest == envelope.digest(PAYLOAD)
