"""Certificates of ownership: W3C Verifiable Credentials 2.0 with Data Integrity proofs `eddsa-jcs-2022`.

FORMATS §4. Makes and checks one certificate as one line of JCS. Who may issue is the caller's to say.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from appliance.core.documents import Fields, format_time, malformed, read_json, write_json
from appliance.core.keys import PrivateKey, PublicKey, base58_decode, base58_encode
from appliance.errors import PaperError

MAX_LINE = 4096
CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/ns/credentials/undefined-terms/v2",
]
_TYPE = ["VerifiableCredential", "EditionCertificate"]


@dataclass(frozen=True, slots=True)
class Copy:
    """What a certificate speaks of. `number` and `of` are None in an open edition."""

    urn: str
    drop: str
    title: str
    number: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    copy: Copy
    issuer: PublicKey
    valid_from: int


def numbered_copy(drop: str, title: str, number: int, of: int) -> Copy:
    return Copy(f"urn:stallbox:copy:{drop}:{number}", drop, title, number, of)


def open_copy(drop: str, title: str, box: str, incarnation: int, seq: int) -> Copy:
    """A copy of an open edition, named by the ledger entry of its sale."""
    return Copy(f"urn:stallbox:copy:{drop}:{box}:{incarnation}:{seq}", drop, title)


def issue(copy: Copy, key: PrivateKey, valid_from: int) -> bytes:
    """The signed certificate as JCS bytes without a line end."""
    document = _document(copy, key.public, valid_from)
    proof = _proof(key.public, valid_from)
    signature = key.sign(_hash(document, proof))
    return write_json(document | {"proof": proof | {"proofValue": "z" + base58_encode(signature)}})


def _document(copy: Copy, issuer: PublicKey, valid_from: int) -> dict[str, object]:
    subject: dict[str, object] = {"id": copy.urn, "drop": copy.drop, "title": copy.title}
    if copy.number is not None:
        subject |= {"number": copy.number, "of": copy.of}
    return {
        "@context": CONTEXT,
        "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, copy.urn)}",
        "type": _TYPE,
        "issuer": issuer.did,
        "validFrom": format_time(valid_from),
        "credentialSubject": subject,
    }


def _proof(issuer: PublicKey, created: int) -> dict[str, object]:
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": format_time(created),
        "verificationMethod": f"{issuer.did}#{issuer.multibase}",
        "proofPurpose": "assertionMethod",
        "@context": CONTEXT,
    }


def _hash(document: dict[str, object], proof: dict[str, object]) -> bytes:
    return hashlib.sha256(write_json(proof)).digest() + hashlib.sha256(write_json(document)).digest()


def read(line: bytes) -> Certificate:
    """Verifies one certificate by itself: exact fields, identifiers, proof. `bad-certificate` otherwise.

    Whether the issuer is the drop's creator, and the number this box's, is not judged here.
    """
    try:
        return _read(line)
    except PaperError as error:
        raise PaperError("bad-certificate", f"A certificate does not hold: {error.detail}") from error


def _read(line: bytes) -> Certificate:
    value = read_json(line, "The certificate", MAX_LINE)
    names = ("@context", "id", "type", "issuer", "validFrom", "credentialSubject", "proof")
    f = Fields(value, "certificate", *names)
    proof = Fields(f.raw("proof"), "certificate.proof", *_proof(_issuer(f), 0), "proofValue")
    certificate = Certificate(_copy(f), _issuer(f), f.time("validFrom"))
    document = _document(certificate.copy, certificate.issuer, certificate.valid_from)
    expected_proof = _proof(certificate.issuer, proof.time("created"))
    for name, wanted in document.items():
        if f.raw(name) != wanted:
            raise malformed(f"certificate.{name} is not what it must be")
    for name, wanted in expected_proof.items():
        if proof.raw(name) != wanted:
            raise malformed(f"certificate.proof.{name} is not what it must be")
    if not certificate.issuer.verifies(_hash(document, expected_proof), _signature(proof.text("proofValue"))):
        raise malformed("its signature is not its issuer's")
    if write_json(value) != line:
        raise malformed("it is not written in canonical form (JCS)")
    return certificate


def _issuer(f: Fields) -> PublicKey:
    return PublicKey.from_did(f.text("issuer"), "certificate.issuer")


def _copy(f: Fields) -> Copy:
    subject = f.raw("credentialSubject")
    names = ("id", "drop", "title")
    if isinstance(subject, dict) and "number" not in subject:
        s = Fields(subject, "certificate.credentialSubject", *names)
        return Copy(s.text("id"), s.text("drop"), s.text("title"))
    s = Fields(subject, "certificate.credentialSubject", *names, "number", "of")
    copy = numbered_copy(s.text("drop"), s.text("title"), s.integer("number", 1), s.integer("of", 1))
    if s.text("id") != copy.urn:
        raise malformed("certificate.credentialSubject.id is not its copy's name")
    return copy


def _signature(text: str) -> bytes:
    try:
        if not text.startswith("z"):
            raise ValueError(text)
        return base58_decode(text[1:], 64)
    except ValueError as error:
        raise malformed("certificate.proof.proofValue is not a signature") from error
