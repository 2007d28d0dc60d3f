"""Rows 6, 8, 11, 18 of the attack table: keys under two names, in another's role, of small order, stolen."""

from __future__ import annotations

import hashlib
import json

import pytest

from appliance.core import token, trust
from appliance.core.documents import write_json
from appliance.core.envelope import Kind, read, sign
from appliance.core.keys import PublicKey, base58_encode
from appliance.errors import PaperError
from tests.attacks import forms
from tests.organizer import base32, key
from tests.stall.till import Till

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
SMALL_ORDER = {
    "order 1": (1).to_bytes(32, "little"),
    "order 2": (P - 1).to_bytes(32, "little"),
    "order 4": bytes(32),
    "order 4, with a sign": bytes(31) + b"\x80",
    "order 8": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "order 8, the other": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "order 4, not canonical": P.to_bytes(32, "little"),
    "order 1, not canonical": (P + 1).to_bytes(32, "little"),
}
IDENTITY = (1).to_bytes(32, "little")


def did(raw: bytes) -> str:
    return "did:key:z" + base58_encode(b"\xed\x01" + raw)


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in SMALL_ORDER.items()])
async def test_11_small_order_keys(till: Till, raw: bytes) -> None:
    """A key under which anybody's signature holds is no key: a trust document that lists it is not taken in.

    After ed25519-speccheck and Wycheproof; OpenSSL accepted an identity signature under such a key (tokens.md §5).
    """
    issuers = [{**till.organizer.trust_fields()["issuers"][0], "key": did(raw)}]
    till.organizer.add_trust(issuers=issuers)
    with pytest.raises(PaperError) as refusal:
        await till.bring("small", version=2, manifest=till.drop.manifest(version=2))
    assert refusal.value.code == "doc-malformed"
    with pytest.raises(PaperError):
        PublicKey(raw)
    forged = {**forms.HEADER, 4: hashlib.sha256(raw).digest()[:8]}
    data = forms.encode(forms.cbor2.CBORTag(18, [forms.encode(forged), {}, forms.PAYLOAD, IDENTITY + bytes(32)]))
    assert await till.code(base32(data)) == "unknown-issuer"


async def test_11_signature_malleability(till: Till) -> None:
    """S + L signs the same for a careless verifier: refused, and the honest token still pays once.

    After Wycheproof's and ed25519-speccheck's cases of S not below L (RFC 8032 §5.1.7).
    """
    text = till.token()
    data = token.read(text).data
    point, scalar = data[-64:-32], int.from_bytes(data[-32:], "little")
    for times in (1, 2, 7):
        other = (scalar + times * L).to_bytes(32, "little")
        assert await till.code(base32(data[:-64] + point + other)) == "bad-signature"
    assert (await till.redeem(text)).again is False


async def test_11_a_small_order_commitment(till: Till) -> None:
    """R of small order and S of zero is nobody's signature. After ed25519-speccheck, cases 0 to 3."""
    data = token.read(till.token()).data
    for raw in SMALL_ORDER.values():
        assert await till.code(base32(data[:-64] + raw + bytes(32))) == "bad-signature"


async def test_06_one_key_under_two_ids(till: Till) -> None:
    """A token names its signer by the key's own id and no other, so that it has one redemption key.

    After tuf-conformance's test_duplicate_sig_keyids.
    """
    other = {4: bytes.fromhex(key("another").public.id)}
    assert await till.code(till.token(header=other)) == "unknown-issuer"
    listed = {4: bytes.fromhex(till.organizer.creator.public.id)}
    assert await till.code(till.token(header=listed)) == "unknown-issuer"


def test_06_one_key_twice_in_a_role(till: Till) -> None:
    """A trust document that lists one issuer twice, say with two limits, is refused. After test_duplicate_keys."""
    issuer = till.organizer.trust_fields()["issuers"][0]
    with pytest.raises(PaperError, match="one key twice"):
        trust.parse(till.organizer.trust_payload(issuers=[issuer, {**issuer, "max_amount": 10**9}]))


def test_06_one_signature_twice(till: Till) -> None:
    """Two signatures of one key, under one keyid or two, do not meet a threshold of two.

    After tuf-conformance's test_duplicate_sig_keyids; securesystemslib counts the second form (tokens.md §5).
    """
    root = {"keys": [till.organizer.root.public.did, key("second root").public.did], "threshold": 2}
    payload = till.organizer.trust_payload(root=root)
    envelope = json.loads(sign(Kind.TRUST, payload, [till.organizer.root]))
    [signature] = envelope["signatures"]
    for keyid in (signature["keyid"], key("second root").public.did, "anything"):
        twice = {**envelope, "signatures": [signature, {**signature, "keyid": keyid}]}
        assert not trust.parse(payload).is_met_by(read(write_json(twice), Kind.TRUST))


async def test_08_a_readers_key_signs_a_drop(till: Till) -> None:
    """An issuer's key makes no manifest, allotment or trust document; a creator's signature beside it does not help.

    After tuf-conformance's test_incorrect_metadata_type: a role's keys are that role's.
    """
    issuer = till.organizer.issuer
    with pytest.raises(PaperError) as refusal:
        await till.bring("forged", manifest=till.drop.manifest(issuer, version=2), version=2)
    assert refusal.value.code == "doc-signature"
    second = till.drop.allotment(issuer, epoch=2, previous="0" * 64)
    with pytest.raises(PaperError) as refusal:
        await till.bring("forged", version=1, allotments=[till.drop.allotment(), second])
    assert refusal.value.code == "doc-signature"
    till.organizer.add_trust(issuer)
    with pytest.raises(PaperError) as refusal:
        await till.bring("forged", version=1)
    assert refusal.value.code == "doc-threshold"


@pytest.mark.parametrize("role", ["creator", "root", "box", "cosigner"])
async def test_08_another_roles_key_as_issuer(till: Till, role: str) -> None:
    """Creators, the root, boxes and cosigners take no payments: their signatures are of an unknown issuer."""
    signer = getattr(till.organizer, role)
    assert await till.code(till.token(signer=signer)) == "unknown-issuer"


@pytest.mark.parametrize(("kind", "code"), [(Kind.ALLOTMENT, "doc-role"), (Kind.TRUST, "doc-role")])
async def test_08_one_paper_shown_as_another(till: Till, kind: Kind, code: str) -> None:
    """The payload type is signed, so that no paper passes as one of another kind.

    After PASETO's vector 4-F-1: a local token handed to the verifier of public ones.
    """
    shown = sign(kind, till.drop.manifest_payload(version=2), [till.organizer.creator])
    with pytest.raises(PaperError) as refusal:
        await till.bring("other kind", manifest=shown, version=2)
    assert refusal.value.code == code
    relabelled = shown.replace(kind.media_type.encode(), Kind.DROP.media_type.encode())
    with pytest.raises(PaperError) as refusal:
        await till.bring("relabelled", manifest=relabelled, version=2)
    assert refusal.value.code == "doc-signature"


async def test_08_a_paper_of_a_reader_as_token(till: Till) -> None:
    """What an issuer signed as something else than COSE's Signature1 is no token. After RFC 9052's context string."""
    data = token.read(till.token()).data
    other = forms.encode(["Signature", data[4:17], b"", forms.PAYLOAD])
    assert await till.code(base32(data[:-64] + till.organizer.issuer.sign(other))) == "bad-signature"


async def test_18_a_stolen_readers_key(till: Till) -> None:
    """Revoked, the key buys nothing more; what it bought before stands and can be shown again.

    After the EU's DCC (remove the key from the signed list) and pretix#2467 (revoke the sale, not one string).
    """
    before, later = till.token(), till.token()
    sold = (await till.redeem(before)).sold
    revoked = {"keys": [till.organizer.issuer.public.did], "tokens": []}
    till.organizer.add_trust(revoked=revoked)
    await till.bring("revocation")
    assert await till.code(later) == "revoked"
    again = await till.redeem(before)
    assert (again.again, again.sold.claim) == (True, sold.claim)


async def test_18_a_removed_key_is_revoked(till: Till) -> None:
    """A key that the newest trust document does not list is revoked, not unknown: an older version listed it."""
    till.organizer.add_trust(issuers=[])
    await till.bring("removal")
    assert await till.code(till.token()) == "revoked"


async def test_18_caps_of_one_key(till: Till) -> None:
    """A key signs only so large, so long and so often, for its own drops. After offline EMV's floor limits."""
    issuer = till.organizer.trust_fields()["issuers"][0]
    narrow = {**issuer, "max_amount": 900, "max_lifetime": 3600, "max_count": 1}
    till.organizer.add_trust(issuers=[narrow])
    await till.bring("caps")
    now = till.hardware.truth
    assert await till.code(till.token(amount=901)) == "over-limit"
    assert await till.code(till.token(issued=now, expires=now + 3601)) == "over-limit"
    await till.redeem(till.token(amount=900))
    assert await till.code(till.token()) == "over-limit"


async def test_18_one_revoked_token(till: Till) -> None:
    """One token is withdrawn by (issuer, cti); the others of its reader go on paying."""
    cti = bytes(range(12))
    name = f"{till.organizer.issuer.public.id}:{cti.hex()}"
    till.organizer.add_trust(revoked={"keys": [], "tokens": [name]})
    await till.bring("revocation")
    assert await till.code(till.token(cti=cti)) == "revoked"
    assert not (await till.redeem(till.token())).again
