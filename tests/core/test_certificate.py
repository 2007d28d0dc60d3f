"""Certificates: made and read back, and refused for one changed byte."""

from __future__ import annotations

import json
import unicodedata
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import certificate
from appliance.core.certificate import MAX_LINE, Copy, numbered_copy, open_copy
from appliance.core.documents import write_json
from appliance.core.keys import base58_encode
from appliance.errors import PaperError
from tests.organizer import NOW, key

ANA = key("creator")
COPY = numbered_copy("00c0ffee00c0ffee", "Harbour Lights", 17, 100)
LINE = certificate.issue(COPY, ANA, NOW)


_titles = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(partial(unicodedata.normalize, "NFC"))


@given(_titles, st.integers(1, 9999))
def test_what_is_issued_reads_back(title: str, number: int) -> None:
    """Copy, issuer and time come back as they went in; the line is one line."""
    copy = numbered_copy("00c0ffee00c0ffee", title, number, 9999)
    line = certificate.issue(copy, ANA, NOW)
    assert b"\n" not in line
    read = certificate.read(line)
    assert (read.copy, read.issuer, read.valid_from) == (copy, ANA.public, NOW)


def test_an_open_copy_names_its_entry() -> None:
    """An open edition's certificate has neither number nor size, and its URN is the ledger entry's."""
    copy = open_copy("00c0ffee00c0ffee", "Harbour Lights", "0000000000000007", 5, 12)
    line = certificate.issue(copy, ANA, NOW)
    assert certificate.read(line).copy == copy
    assert copy.urn == "urn:stallbox:copy:00c0ffee00c0ffee:0000000000000007:5:12"
    assert "number" not in json.loads(line)["credentialSubject"]


@given(st.integers(0, len(LINE) - 1), st.integers(1, 255))
def test_one_flipped_byte_is_refused(place: int, change: int) -> None:
    """There is no byte in a certificate line that may be another."""
    flipped = bytearray(LINE)
    flipped[place] ^= change
    with pytest.raises(PaperError) as refused:
        certificate.read(bytes(flipped))
    assert refused.value.code == "bad-certificate"


def _resigned(change: dict[str, object], subject: dict[str, object] | None = None) -> bytes:
    """A certificate that its issuer really signed, over other content than ours."""
    value = json.loads(LINE)
    proof = value.pop("proof")
    del proof["proofValue"]
    value |= change
    value["credentialSubject"] |= subject or {}
    signature = ANA.sign(certificate._hash(value, proof))
    return write_json(value | {"proof": proof | {"proofValue": "z" + base58_encode(signature)}})


def test_resigning_alone_changes_nothing() -> None:
    """The helper of the next tests makes a line that holds."""
    assert _resigned({}) == LINE


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"@context": ["https://www.w3.org/ns/credentials/v2"]}, "@context"),
        ({"@context": [{"x": "y"}]}, "@context"),
        ({"id": "urn:uuid:00000000-0000-5000-8000-000000000000"}, "id"),
        ({"type": ["VerifiableCredential"]}, "type"),
        ({"issuer": key("other").public.did}, "proof.verificationMethod"),
        ({"issuer": "did:web:a.example"}, "issuer"),
        ({"validFrom": "2026-11-23T08:00:00+00:00"}, "validFrom"),
        ({"validUntil": "2027-11-23T08:00:00Z"}, "validUntil"),
    ],
)
def test_even_its_issuer_cannot_sign_another_form(change: dict[str, object], named: str) -> None:
    """Exact fields: a valid proof over anything else is refused, and the sentence names the field."""
    with pytest.raises(PaperError) as refused:
        certificate.read(_resigned(change))
    assert refused.value.code == "bad-certificate"
    assert named in refused.value.detail


@pytest.mark.parametrize(
    "subject",
    [
        {"number": 18},
        {"number": 0},
        {"number": "17"},
        {"id": "urn:stallbox:copy:00c0ffee00c0ffee:18"},
        {"drop": "0000000000000000"},
        {"owner": "somebody"},
    ],
)
def test_number_and_name_belong_together(subject: dict[str, object]) -> None:
    """Number, drop and URN cannot be mixed, not even by the issuer."""
    with pytest.raises(PaperError) as refused:
        certificate.read(_resigned({}, subject))
    assert refused.value.code == "bad-certificate"


def test_another_number_under_the_same_proof_is_refused() -> None:
    """#17 does not become #18 by writing it so everywhere."""
    forged = LINE.replace(b'"number":17', b'"number":18').replace(b':17"', b':18"')
    with pytest.raises(PaperError, match=r"certificate\.id|signature"):
        certificate.read(forged)


@pytest.mark.parametrize("proof_value", ["", "z", "zz", "u" + "A" * 86, "z" + "1" * 88])
def test_a_proof_value_is_64_bytes_of_base58(proof_value: str) -> None:
    """Another multibase or another length is refused before any signature is tried."""
    value = json.loads(LINE)
    value["proof"]["proofValue"] = proof_value
    with pytest.raises(PaperError, match=r"proofValue|signature"):
        certificate.read(write_json(value))


def test_only_the_canonical_spelling_is_a_line() -> None:
    """The digest in the sale is over these very bytes: the same content spelled otherwise is refused."""
    with pytest.raises(PaperError, match="canonical"):
        certificate.read(json.dumps(json.loads(LINE)).encode())


def test_a_line_has_at_most_4_kib() -> None:
    """A longer one is refused before it is parsed."""
    long = certificate.issue(Copy(COPY.urn, COPY.drop, "x" * MAX_LINE, 17, 100), ANA, NOW)
    with pytest.raises(PaperError, match="4096") as refused:
        certificate.read(long)
    assert refused.value.code == "bad-certificate"
