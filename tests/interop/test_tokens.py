"""pycose, cwt and @auth0/cose verify our payment tokens; what pycose and cwt sign is redeemed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import cbor2
import pytest

from appliance.core import token
from appliance.core.keys import PrivateKey, PublicKey
from appliance.core.token import Token
from appliance.errors import SaleError
from tests.interop.tools import verify_token_with_node
from tests.organizer import base32, key
from tests.stall.till import Till, opened

pytestmark = pytest.mark.interop

MISSING = "pycose and cwt are not installed: make test installs them"
ISSUER, OTHER = key("issuer"), key("another issuer").public
Sign = Callable[[bytes, PrivateKey], bytes]
Verify = Callable[[bytes, PublicKey, Path], bool]


def sign_with_pycose(payload: bytes, signer: PrivateKey) -> bytes:
    """COSE_Sign1 bytes as pycose writes them."""
    messages = pytest.importorskip("pycose.messages", reason=MISSING)
    headers = {1: -8, 4: bytes.fromhex(signer.public.id)}
    message = messages.Sign1Message(phdr=headers, uhdr={}, payload=payload)
    message.key = _pycose_key(signer.public, signer.seed)
    encoded: bytes = message.encode()
    return encoded


def sign_with_cwt(payload: bytes, signer: PrivateKey) -> bytes:
    """COSE_Sign1 bytes as cwt writes them."""
    cwt = pytest.importorskip("cwt", reason=MISSING)
    protected = {1: -8, 4: bytes.fromhex(signer.public.id)}
    encoded: bytes = cwt.COSE.new().encode_and_sign(
        payload, _cwt_key(signer.public, signer.seed), protected=protected, unprotected={}
    )
    return encoded


def verify_with_pycose(data: bytes, public: PublicKey, _folder: Path) -> bool:
    messages = pytest.importorskip("pycose.messages", reason=MISSING)
    message = messages.Sign1Message.decode(data)
    message.key = _pycose_key(public)
    return bool(message.verify_signature())


def verify_with_cwt(data: bytes, public: PublicKey, _folder: Path) -> bool:
    """Also that the claims are in their time by this machine's clock (RFC 8392 §3.1.4)."""
    cwt = pytest.importorskip("cwt", reason=MISSING)
    try:
        cwt.decode(data, _cwt_key(public))
    except (cwt.VerifyError, ValueError):  # the signature; or the key id, which cwt compares first
        return False
    return True


def verify_with_node(data: bytes, public: PublicKey, folder: Path) -> bool:
    path = folder / "token.cose"
    path.write_bytes(data)
    return verify_token_with_node(path, public.raw)


def _pycose_key(public: PublicKey, seed: bytes = b"") -> object:
    keys = pytest.importorskip("pycose.keys", reason=MISSING)
    return keys.OKPKey(crv="ED25519", x=public.raw, d=seed)


def _cwt_key(public: PublicKey, seed: bytes | None = None) -> object:
    cwt = pytest.importorskip("cwt", reason=MISSING)
    private = {} if seed is None else {-4: seed}
    operations = [2] if seed is None else [1, 2]
    fields = {1: 1, -1: 6, -2: public.raw, 2: bytes.fromhex(public.id), 3: -8, 4: operations}
    return cwt.COSEKey.new({**fields, **private})


VERIFIERS = [verify_with_pycose, verify_with_cwt, verify_with_node]


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


def ours(nonce: bytes | None = None) -> bytes:
    """A token that the product writes, valid for an hour by this machine's clock."""
    now = int(time.time())
    made = Token(
        ISSUER.public.id, key("box").public.id, now + 3600, now, bytes(12), "0" * 16, "download", 800, "EUR", nonce
    )
    return token.read(token.write(made, ISSUER)).data


@pytest.mark.parametrize("sign", [sign_with_pycose, sign_with_cwt])
async def test_a_foreign_token_redeems(till: Till, sign: Sign) -> None:
    """A token that a stock library signed over the project's claims buys a copy, for an offer and without one."""
    offered = await till.stall.offers.offer(till.drop.slug)
    now = till.hardware.truth
    offer = [bytes.fromhex(till.drop.id), "download", 800, "EUR"]
    for tier, terms in (("boxed", offer), ("fresh", [*offer, offered.nonce])):
        claims = {3: till.stall.house.box_id, 4: now + 3600, 6: now, 7: tier.encode().ljust(12), -65537: terms}
        redeemed = await till.redeem(base32(sign(cbor2.dumps(claims, canonical=True), ISSUER)))
        assert (redeemed.tier, redeemed.sold.paid, redeemed.again) == (tier, 800, False)


@pytest.mark.parametrize("verify", VERIFIERS)
@pytest.mark.parametrize("nonce", [None, bytes(8)], ids=["boxed", "fresh"])
def test_our_token_verifies(tmp_path: Path, verify: Verify, nonce: bytes | None) -> None:
    """Stock libraries accept our tokens under the issuer's key."""
    assert verify(ours(nonce), ISSUER.public, tmp_path)


@pytest.mark.parametrize("verify", VERIFIERS)
def test_a_changed_token_does_not(tmp_path: Path, verify: Verify) -> None:
    """Another signature, another amount, another key: refused by foreign software, too."""
    data = ours()
    amount = data.replace(b"\x19\x03\x20", b"\x19\x03\x21")
    assert amount != data
    assert not verify(data[:-1] + bytes([data[-1] ^ 1]), ISSUER.public, tmp_path)
    assert not verify(amount, ISSUER.public, tmp_path)
    assert not verify(data, OTHER, tmp_path)


def _longer(data: bytes) -> bytes:
    return data + b"\0"


def _as_cwt(data: bytes) -> bytes:
    return b"\xd8\x3d" + data


@pytest.mark.parametrize(
    ("verify", "form"), [(verify_with_pycose, _longer), (verify_with_cwt, _longer), (verify_with_cwt, _as_cwt)]
)
def test_what_others_let_pass(tmp_path: Path, verify: Verify, form: Callable[[bytes], bytes]) -> None:
    """A trailing byte or tag 61 is read over by these; ours refuses both, since each is a second spelling."""
    data = form(ours())
    assert verify(data, ISSUER.public, tmp_path)
    with pytest.raises(SaleError) as refusal:
        token.read(base32(data))
    assert refusal.value.code == "malformed"
