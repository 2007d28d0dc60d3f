"""The organizer as the box meets her: papers, certificates and bundles made on the spot, every field bendable.

Signs papers with the product's own code; payment tokens are written here a second time, from RFC 9052, so that no
form is out of reach. What a test bends is signed as it stands, so that the box's refusal is for the bent field and
not for a broken signature.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import cbor2

from appliance.core import certificate, manifest
from appliance.core.documents import format_time, write_json
from appliance.core.envelope import Kind, sign
from appliance.core.keys import PrivateKey
from provisioning.papers import Fields, certificate_lines

NOW = 1_796_000_000  # 2026-11-30T00:53:20Z
DAY = 86_400
_TITLE = "Harbour Lights"
PHOTOS: Mapping[str, bytes] = {"01-pier.jpg": b"\xff\xd8\xff pier " * 400, "02-boats.jpg": b"\xff\xd8\xff boats " * 300}


def key(name: str) -> PrivateKey:
    """A key that is the same whenever a test asks for this name."""
    return PrivateKey(hashlib.sha256(b"test key " + name.encode()).digest())


def cose(
    protected: bytes,
    payload: bytes,
    signer: PrivateKey,
    unprotected: Mapping[object, object] | None = None,
    tag: int | None = 18,
) -> str:
    """A COSE_Sign1 (RFC 9052 §4.2) over these very bytes, as base32 text; `tag` None leaves the tag out."""
    signature = signer.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    message = [protected, dict(unprotected or {}), payload, signature]
    return base32(cbor2.dumps(message if tag is None else cbor2.CBORTag(tag, message)))


def base32(data: bytes) -> str:
    """Bytes as the text of a token: RFC 4648, upper case, no padding."""
    return base64.b32encode(data).decode().rstrip("=")


class Drop:
    """One drop of the organizer's creator. `fields` of its methods replace those of the document."""

    def __init__(self, organizer: Organizer, slug: str, size: int | None, files: Mapping[str, bytes], **fields: object):
        self._organizer = organizer
        self.slug = slug
        self.size = size
        self.files = dict(files)
        self.fields = fields
        self.id = manifest.drop_id(organizer.origin, slug)

    def manifest_fields(self, **fields: object) -> Fields:
        return {
            "spec": 1,
            "drop": self.slug,
            "version": 1,
            "issued": format_time(NOW),
            "expires": format_time(NOW + 365 * DAY),
            "title": _TITLE,
            "summary": "Photos of the harbour at night.",
            "creator": {"key": self._organizer.origin, "url": None},
            "license": "CC-BY-NC-4.0",
            "cover": None,
            "edition": {"kind": "open"} if self.size is None else {"kind": "numbered", "size": self.size},
            "prices": [{"id": "download", "title": "Download", "amount": 800, "hand_over": None, "stock": None}],
            "currency": "EUR",
            "sale": {"from": None, "until": None},
            "download": {"lifetime": 7200, "budget": 3},
            "files": [_item(path, data) for path, data in self.files.items()],
            "aftercare": None,
            **self.fields,
            **fields,
        }

    def manifest_payload(self, **fields: object) -> bytes:
        return write_json(self.manifest_fields(**fields))

    def manifest(self, *signers: PrivateKey, **fields: object) -> bytes:
        """The envelope, signed by the creator unless `signers` are named."""
        return sign(Kind.DROP, self.manifest_payload(**fields), signers or [self._organizer.creator])

    def allotment_fields(self, **fields: object) -> Fields:
        return {
            "spec": 1,
            "drop": self.id,
            "epoch": 1,
            "previous": None,
            "issued": format_time(NOW),
            "boxes": [{"box": self._organizer.box.public.id, "ranges": [[1, self.size]]}],
            "reserve": [],
            "released": [],
            **fields,
        }

    def allotment(self, *signers: PrivateKey, **fields: object) -> bytes:
        payload = write_json(self.allotment_fields(**fields))
        return sign(Kind.ALLOTMENT, payload, signers or [self._organizer.creator])

    def certificate(self, number: int, *, signer: PrivateKey | None = None, of: int | None = None) -> bytes:
        """The line of one number, without line end."""
        title = str(self.fields.get("title", _TITLE))
        copy = certificate.numbered_copy(self.id, title, number, of or self.size or 0)
        return certificate.issue(copy, signer or self._organizer.creator, NOW)

    def certificates(self, numbers: Sequence[int]) -> bytes:
        return certificate_lines([self.certificate(number) for number in numbers])

    def bundle(
        self,
        folder: Path,
        *,
        box: PrivateKey | None = None,
        manifest: bytes | None = None,
        trusts: Sequence[bytes] | None = None,
        allotments: Sequence[bytes] | None = None,
        certificates: bytes | None = None,
        files: Mapping[str, bytes] | None = None,
        version: int = 1,
    ) -> Path:
        """Writes `<slug>-v<version>.drop` into `folder` and answers its path; an existing one is completed.

        Every argument replaces what a good bundle would hold; an empty sequence, b"" or {} leaves the part out.
        """
        organizer = self._organizer
        path = folder / f"{self.slug}-v{version}.drop"
        path.mkdir(parents=True, exist_ok=True)
        (path / "manifest.dsse.json").write_bytes(manifest or self.manifest(version=version))
        for number, data in enumerate(organizer.trusts if trusts is None else trusts, 1):
            (path / f"trust.{number}.dsse.json").write_bytes(data)
        if self.size is not None:
            for number, data in enumerate([self.allotment()] if allotments is None else allotments, 1):
                (path / f"allotment.{number}.dsse.json").write_bytes(data)
            lines = self.certificates(range(1, self.size + 1)) if certificates is None else certificates
            if lines:
                (path / f"certificates.{(box or organizer.box).public.id}.ndjson").write_bytes(lines)
        for name, data in (self.files if files is None else files).items():
            target = path / "files" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return path


class Organizer:
    """One organizer with one creator and one box; `trusts` are the envelopes of the trust chain, oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = key("root")
        self.creator = key("creator")
        self.issuer = key("issuer")
        self.box = key("box")
        self.cosigner = key("cosigner")
        self.origin = self.creator.public.did
        self.trusts = [self.trust()]

    @property
    def pin(self) -> str:
        """The SHA-256 that the box's settings pin: of the first trust document's payload."""
        return hashlib.sha256(self.trust_payload()).hexdigest()

    def trust_fields(self, **fields: object) -> Fields:
        return {
            "spec": 1,
            "organizer": "Night Market Berlin",
            "event": "nmb-2026-12",
            "version": 1,
            "issued": format_time(NOW),
            "expires": format_time(NOW + 365 * DAY),
            "root": {"keys": [self.root.public.did], "threshold": 1},
            "creators": [
                {"key": self.creator.public.did, "origin": self.origin, "name": "Ana Reyes", "drops": ["*"]},
            ],
            "issuers": [
                {
                    "key": self.issuer.public.did,
                    "name": "Card reader 1",
                    "kind": "reader",
                    "drops": ["*"],
                    "max_amount": 20000,
                    "max_lifetime": 86400,
                    "max_count": None,
                    "time": False,
                }
            ],
            "boxes": [{"key": self.box.public.did, "name": "Stall 7"}],
            "cosigners": [
                {"key": self.cosigner.public.did, "name": "Collector", "note": "collector.nmb-2026-12"},
            ],
            "contact_key": None,
            "contact_text": None,
            "revoked": {"keys": [], "tokens": []},
            **fields,
        }

    def trust_payload(self, **fields: object) -> bytes:
        return write_json(self.trust_fields(**fields))

    def trust(self, *signers: PrivateKey, **fields: object) -> bytes:
        """One trust envelope, signed by the root unless `signers` are named."""
        return sign(Kind.TRUST, self.trust_payload(**fields), signers or [self.root])

    def add_trust(self, *signers: PrivateKey, **fields: object) -> bytes:
        """The next version, which every later bundle holds, too."""
        envelope = self.trust(*signers, **{"version": len(self.trusts) + 1, **fields})
        self.trusts.append(envelope)
        return envelope

    def drop(
        self,
        slug: str = "harbour-lights",
        size: int | None = 100,
        files: Mapping[str, bytes] = PHOTOS,
        **fields: object,
    ) -> Drop:
        """A drop; `size` None is an open edition, `fields` replace those of its manifest."""
        return Drop(self, slug, size, files, **fields)

    def token(
        self,
        box_id: str,
        drop_id: str,
        *,
        price: str = "download",
        amount: int = 800,
        currency: str = "EUR",
        issued: int = NOW,
        expires: int = NOW + 3600,
        cti: bytes | None = None,
        nonce: bytes | None = None,
        signer: PrivateKey | None = None,
        header: Mapping[object, object] | None = None,
        claims: Mapping[object, object] | None = None,
    ) -> str:
        """A payment token as text, by `issuer` unless a signer is named; `cti` None is a fresh one.

        `header` and `claims` are labels of the protected header and of the claims that are added or replaced.
        """
        by = signer or self.issuer
        offer = [bytes.fromhex(drop_id), price, amount, currency, *([] if nonce is None else [nonce])]
        fresh = secrets.token_bytes(12) if cti is None else cti
        protected = {1: -8, 4: bytes.fromhex(by.public.id), **(header or {})}
        payload = {3: box_id, 4: expires, 6: issued, 7: fresh, -65537: offer, **(claims or {})}
        return cose(cbor2.dumps(protected, canonical=True), cbor2.dumps(payload, canonical=True), by)

    def bundle(
        self,
        folder: Path | None = None,
        *,
        slug: str = "harbour-lights",
        size: int | None = 10,
        files: Mapping[str, bytes] = PHOTOS,
        **fields: object,
    ) -> Path:
        """A good bundle for `box`, in `folder` or in the organizer's own; `fields` replace those of its manifest."""
        return self.drop(slug, size, files, **fields).bundle(folder or self.folder)


def _item(path: str, data: bytes) -> Fields:
    return {
        "path": path,
        "length": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "type": "image/jpeg" if path.endswith(".jpg") else "application/octet-stream",
        "title": None,
        "preview": False,
    }
