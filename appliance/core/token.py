"""Payment tokens: CWT claims in COSE_Sign1 (RFC 8392, RFC 9052), as base32 text. One form, one algorithm, no choice.

FORMATS §3, *form*. Decodes leniently with cbor2 and then insists that writing the claims again gives the same bytes:
no second spelling, no duplicate key, nothing after the end can pass. What a token buys is judged elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import dataclass

import cbor2

from appliance.core.documents import CURRENCY, MAX_INTEGER
from appliance.core.keys import PrivateKey, PublicKey
from appliance.errors import SaleError

MAX_TEXT = 820
MAX_BYTES = 512
_SIGN1 = 18
_EDDSA = -8  # deprecated by RFC 9864, and what every stock verifier reads
_ALG, _KID = 1, 4
_AUD, _EXP, _IAT, _CTI, _OFFER = 3, 4, 6, 7, -65537
_BASE32 = re.compile(rf"[A-Z2-7]{{1,{MAX_TEXT}}}")
_BOX = re.compile(r"[0-9a-f]{16}")
_PRICE = re.compile(r"[a-z0-9-]{1,16}")


@dataclass(frozen=True, slots=True)
class Token:
    """The claims of a token, of the right form. `offer_nonce` is None where the box was not asked for an offer."""

    issuer: str  # key id, 16 hex digits
    box: str
    expires: int
    issued: int
    cti: bytes
    drop: str  # drop id
    price: str
    amount: int
    currency: str
    nonce: bytes | None

    @property
    def id(self) -> tuple[str, str]:
        """What makes a redemption once: issuer and cti, out of the payload and never the scanned text."""
        return self.issuer, self.cti.hex()


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token of the right form whose signature nobody has checked yet."""

    token: Token
    data: bytes
    signed: bytes  # what the signature covers
    signature: bytes

    @property
    def sha256(self) -> str:
        """SHA-256 of the COSE bytes, hex."""
        return hashlib.sha256(self.data).hexdigest()

    def is_signed_by(self, key: PublicKey) -> bool:
        return key.id == self.token.issuer and key.verifies(self.signed, self.signature)


def write(token: Token, key: PrivateKey) -> str:
    """The signed token as text. `token.issuer` is the key's id."""
    protected, payload = _protected(token), _payload(token)
    signature = key.sign(_to_be_signed(protected, payload))
    return _text_of(_encode(protected, payload, signature))


def read(text: str) -> SignedToken:
    """Checks the form alone; SaleError `malformed` for anything that is not exactly a token."""
    try:
        return _read(text)
    except (cbor2.CBORError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise SaleError(
            "malformed", "This is not a payment token of this stall. Scan the whole code again.", status_hint=400
        ) from error


def strip_link(text: str) -> str:
    """The token in `HTTP://10.42.0.1/T/<token>`, or the text itself; blanks around it are part of it."""
    found = re.fullmatch(r"https?://[^/\s]{1,300}/t/(.*)", text, re.IGNORECASE | re.DOTALL)
    return found[1] if found else text


def _read(text: str) -> SignedToken:
    data = _decode_text(text)
    stream = io.BytesIO(data)
    outer = cbor2.CBORDecoder(stream).decode()
    if not isinstance(outer, cbor2.CBORTag) or outer.tag != _SIGN1:
        raise ValueError("not tag 18")
    protected, _unprotected, payload, signature = outer.value
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise TypeError("parts of the token are not bytes")
    token = _claims(_map(cbor2.loads(protected)), _map(cbor2.loads(payload)))
    if len(signature) != 64 or _encode(_protected(token), _payload(token), signature) != data:
        raise ValueError("not the one way to write this token")
    return SignedToken(token, data, _to_be_signed(protected, payload), signature)


def _decode_text(text: str) -> bytes:
    if not _BASE32.fullmatch(text):
        raise ValueError("not base32")
    data = base64.b32decode(text + "=" * (-len(text) % 8))
    is_canonical = _text_of(data[len(data) // 5 * 5 :]) == text[len(text) // 8 * 8 :]  # only the end can be otherwise
    if len(data) > MAX_BYTES or not is_canonical:
        raise ValueError("not canonical base32, or too long")
    return data


def _text_of(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


def _map(value: object) -> dict[int, object]:
    """CBOR has other things that can be looked into by a label, a MIME message for one."""
    if not isinstance(value, dict):
        raise TypeError("map")
    return value


def _claims(header: dict[int, object], claims: dict[int, object]) -> Token:
    """Picks the claims out; each has its type. That nothing else is there, writing them again will show."""
    offer = claims[_OFFER]
    if not isinstance(offer, list) or len(offer) not in {4, 5}:
        raise TypeError("offer")
    token = Token(
        issuer=_bytes(header[_KID], 8).hex(),
        box=_text(claims[_AUD], _BOX),
        expires=_number(claims[_EXP]),
        issued=_number(claims[_IAT]),
        cti=_bytes(claims[_CTI], 12),
        drop=_bytes(offer[0], 8).hex(),
        price=_text(offer[1], _PRICE),
        amount=_number(offer[2]),
        currency=_text(offer[3], CURRENCY),
        nonce=_bytes(offer[4], 8) if len(offer) == 5 else None,
    )
    if token.expires <= token.issued:
        raise ValueError("ends before it begins")
    return token


def _bytes(value: object, length: int) -> bytes:
    if not isinstance(value, bytes) or len(value) != length:
        raise TypeError("bytes")
    return value


def _text(value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise TypeError("text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_INTEGER:
        raise TypeError("number")
    return value


def _protected(token: Token) -> bytes:
    return cbor2.dumps({_ALG: _EDDSA, _KID: bytes.fromhex(token.issuer)}, canonical=True)


def _payload(token: Token) -> bytes:
    offer: list[object] = [bytes.fromhex(token.drop), token.price, token.amount, token.currency]
    if token.nonce is not None:
        offer.append(token.nonce)
    claims = {_AUD: token.box, _EXP: token.expires, _IAT: token.issued, _CTI: token.cti, _OFFER: offer}
    return cbor2.dumps(claims, canonical=True)


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])


def _encode(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(_SIGN1, [protected, {}, payload, signature]))
