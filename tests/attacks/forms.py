"""One good payment token, and every other way to write it that a lenient reader would take for the same."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator

import cbor2

from tests.organizer import DAY, NOW, base32, cose, key

SIGNER, BOX = key("issuer"), key("box").public.id
DROP = bytes(range(8))
ISSUED, EXPIRES = NOW + DAY, NOW + DAY + 3600
CTI = bytes(range(12))
HEADER = {1: -8, 4: bytes.fromhex(SIGNER.public.id)}
OFFER = [DROP, "download", 800, "EUR"]
CLAIMS = {3: BOX, 4: EXPIRES, 6: ISSUED, 7: CTI, -65537: OFFER}


def encode(value: object) -> bytes:
    return cbor2.dumps(value, canonical=True)


def signed(header: object = HEADER, claims: object = CLAIMS) -> str:
    """A token over header and claims, each a map or the very bytes."""
    return cose(*(part if isinstance(part, bytes) else encode(part) for part in (header, claims)), SIGNER)


GOOD = signed()
DATA = base64.b32decode(GOOD + "=" * (-len(GOOD) % 8))
PARTS = cbor2.loads(DATA).value
PAYLOAD: bytes = PARTS[2]


def with_claims(**changed: object) -> str:
    """The token with claims replaced, by name; None leaves one out."""
    names = {"aud": 3, "exp": 4, "iat": 6, "cti": 7, "offer": -65537}
    claims = {**CLAIMS, **{names[name]: value for name, value in changed.items()}}
    return signed(claims={label: value for label, value in claims.items() if value is not None})


def _swapped(old: bytes, new: bytes) -> str:
    """The token with other bytes in its payload, signed as they are."""
    assert PAYLOAD.count(old) == 1
    return signed(claims=PAYLOAD.replace(old, new))


def _outer(*items: object) -> str:
    return base32(encode(cbor2.CBORTag(18, list(items))))


def texts() -> Iterator[tuple[str, str]]:
    """Other spellings of the same bytes, and texts that are none."""
    yield "lower case", GOOD.lower()
    yield "one lower-case letter", GOOD[:-1] + GOOD[-1].lower() if GOOD[-1].isalpha() else GOOD.swapcase()
    yield "padding", GOOD + "=" * (-len(GOOD) % 8 or 8)
    yield "a space inside", f"{GOOD[:40]} {GOOD[40:]}"
    yield "a line end inside", f"{GOOD[:40]}\n{GOOD[40:]}"
    yield "stray bits", _stray_bits()
    yield "one letter more", GOOD + "A"
    yield "one letter less", GOOD[:-1]
    yield "look-alike digits", GOOD.replace("O", "0").replace("I", "1") if set("OI") & set(GOOD) else "0" + GOOD
    yield "full-width letters", GOOD[:-1] + chr(ord(GOOD[-1]) + 0xFEE0)
    yield "a long s", "ſ" + GOOD[1:]
    yield "base64", base64.b64encode(DATA).decode()
    yield "hex", DATA.hex().upper()
    yield "nothing", ""
    yield "a NUL", GOOD + "\0"
    yield "821 letters", "A" * 821
    yield "a megabyte", "A" * (1 << 20)
    yield "513 bytes", base32(DATA + bytes(513 - len(DATA)))


def _stray_bits() -> str:
    """One of the five bits of the last letter means nothing where the bytes do not fill it: set it."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    text = GOOD
    for last in alphabet:
        if last != GOOD[-1] and base64.b32decode(GOOD[:-1] + last + "=" * (-len(GOOD) % 8)) == DATA:
            text = GOOD[:-1] + last
    return text


def outers() -> Iterator[tuple[str, str]]:
    """Other things around the same signed parts."""
    untagged = encode(list(PARTS))
    yield "untagged", base32(untagged)
    yield "tag 61 (CWT)", base32(b"\xd8\x3d" + DATA)
    yield "tag 61 without 18", base32(b"\xd8\x3d" + untagged)
    yield "self-described", base32(b"\xd9\xd9\xf7" + DATA)
    yield "18 in 18", base32(b"\xd2" + DATA)
    yield "tag 17 (MAC0)", base32(b"\xd1" + untagged)
    yield "tag 98 (Sign)", base32(b"\xd8\x62" + untagged)
    yield "tag 18 in two bytes", base32(b"\xd8\x12" + untagged)
    yield "tag 18 in nine bytes", base32(b"\xdb" + (18).to_bytes(8) + untagged)
    yield "one byte after the end", base32(DATA + b"\0")
    yield "a break after the end", base32(DATA + b"\xff")
    yield "itself after the end", base32(DATA + DATA[:100])
    yield "cut by one byte", base32(DATA[:-1])
    yield "an array without length", base32(b"\xd2\x9f" + untagged[1:] + b"\xff")
    yield "an array length in two bytes", base32(b"\xd2\x98\x04" + untagged[1:])
    yield "an array of three", _outer(*PARTS[:3])
    yield "an array of five", _outer(*PARTS, b"")
    yield "a map of four", base32(encode(cbor2.CBORTag(18, dict.fromkeys(range(4), b""))))
    yield "an unprotected kid", _outer(PARTS[0], {4: HEADER[4]}, *PARTS[2:])
    yield "an unprotected alg", _outer(PARTS[0], {1: -8}, *PARTS[2:])
    yield "an unprotected array", _outer(PARTS[0], [], *PARTS[2:])
    yield "a protected map, not bytes", _outer(HEADER, *PARTS[1:])
    yield "a detached payload", _outer(PARTS[0], {}, None, PARTS[3])
    yield "a payload as text", _outer(PARTS[0], {}, "claims", PARTS[3])
    yield "no signature", _outer(*PARTS[:3], b"")
    yield "a signature of 65 bytes", _outer(*PARTS[:3], PARTS[3] + b"\0")
    yield "a signature as text", _outer(*PARTS[:3], "s" * 64)
    yield "a signature in pieces", base32(DATA[:-66] + b"\x5f\x58\x40" + PARTS[3] + b"\xff")


def headers() -> Iterator[tuple[str, str]]:
    """Protected headers that are properly signed and not the one there is."""
    kid = HEADER[4]
    for name, alg in {"ES256": -7, "HS256": 5, "Ed25519": -19, "Ed448": -53, "none": None, "by name": "EdDSA"}.items():
        yield f"alg {name}", signed({1: alg, 4: kid})
    yield "no alg", signed({4: kid})
    yield "no kid", signed({1: -8})
    yield "a kid as text", signed({1: -8, 4: SIGNER.public.id})
    yield "a kid of four bytes", signed({1: -8, 4: bytes(kid)[:4]})
    yield "crit", signed({**HEADER, 2: [4]})
    yield "a content type", signed({**HEADER, 3: 61})
    yield "a nonce (IV)", signed({**HEADER, 5: bytes(8)})
    yield "nothing", signed(b"")
    yield "kid before alg", signed(b"\xa2\x04" + encode(kid) + b"\x01\x27")
    yield "alg twice", signed(b"\xa3\x01\x27\x01\x27\x04" + encode(kid))
    yield "alg in two bytes", signed(b"\xa2\x01\x38\x07\x04" + encode(kid))
    yield "true for 1", signed(b"\xa2\xf5\x27\x04" + encode(kid))
    yield "a byte after it", signed(encode(HEADER) + b"\0")
    yield "a map without length", signed(b"\xbf" + encode(HEADER)[1:] + b"\xff")
    yield "a MIME message", signed(encode(cbor2.CBORTag(36, "1: -8\n\n")))


def claims() -> Iterator[tuple[str, str]]:
    """Claims that are properly signed and not exactly those of FORMATS §3."""
    expires, issued = struct.pack(">I", EXPIRES), struct.pack(">I", ISSUED)
    yield "exp in nine bytes", _swapped(b"\x04\x1a" + expires, b"\x04\x1b" + bytes(4) + expires)
    yield "exp as a float", _swapped(b"\x04\x1a" + expires, b"\x04\xfb" + struct.pack(">d", EXPIRES))
    yield "exp as a bignum", _swapped(b"\x04\x1a" + expires, b"\x04\xc2\x44" + expires)
    yield "exp as a date", _swapped(b"\x04\x1a" + expires, b"\x04\xc1\x1a" + expires)
    yield "a label in two bytes", _swapped(b"\x06\x1a" + issued, b"\x18\x06\x1a" + issued)
    yield "a label as a float", _swapped(b"\x06\x1a" + issued, b"\xf9\x46\x00\x1a" + issued)
    yield "a label as text", signed(claims={**{k: v for k, v in CLAIMS.items() if k != 6}, "iat": ISSUED})
    yield "a map without length", signed(claims=b"\xbf" + PAYLOAD[1:] + b"\xff")
    yield "cti in pieces", _swapped(b"\x4c" + CTI, b"\x5f\x4c" + CTI + b"\xff")
    yield "aud in pieces", _swapped(b"\x70" + BOX.encode(), b"\x7f\x70" + BOX.encode() + b"\xff")
    yield "exp twice, the same", signed(claims=b"\xa6\x04\x1a" + expires + PAYLOAD[1:])
    yield "exp twice, another first", signed(claims=b"\xa6\x04\x1a" + issued + PAYLOAD[1:])
    yield "labels in another order", signed(claims=b"\xa5" + PAYLOAD[-(len(encode(OFFER)) + 5) :] + PAYLOAD[1:-44])
    yield "a byte after them", signed(claims=PAYLOAD + b"\0")
    yield "a MIME message", signed(claims=encode(cbor2.CBORTag(36, "a: b\n\n")))
    yield "a list", signed(claims=encode([CLAIMS]))
    yield "not CBOR", signed(claims=b"\xff\xff")
    yield "an issuer's name", signed(claims={**CLAIMS, 1: "Card reader 1"})
    yield "nbf", signed(claims={**CLAIMS, 5: ISSUED})
    for name in ("aud", "exp", "iat", "cti", "offer"):
        yield f"no {name}", with_claims(**{name: None})
    yield "ends when it begins", with_claims(exp=ISSUED)
    yield "ends before it begins", with_claims(exp=ISSUED - 1)
    yield "issued before 1970", with_claims(iat=-1)
    yield "exp beyond 2^53", with_claims(exp=2**53)
    yield "aud as bytes", with_claims(aud=bytes.fromhex(BOX))
    yield "aud in capitals", with_claims(aud=BOX.upper())
    yield "a list of audiences", with_claims(aud=[BOX])
    yield "a short cti", with_claims(cti=CTI[:-1])
    yield "a long cti", with_claims(cti=CTI + b"\0")


def offers() -> Iterator[tuple[str, str]]:
    """Offers that are properly signed and of another form."""
    changed: dict[str, Callable[[], list[object]]] = {
        "three elements": lambda: OFFER[:3],
        "six elements": lambda: [*OFFER, bytes(8), None],
        "no nonce, but room for it": lambda: [*OFFER, None],
        "a nonce of seven bytes": lambda: [*OFFER, bytes(7)],
        "a drop by its slug": lambda: ["harbour-lights", *OFFER[1:]],
        "an amount as text": lambda: [*OFFER[:2], "800", "EUR"],
        "an amount as a float": lambda: [*OFFER[:2], 800.0, "EUR"],
        "an amount below zero": lambda: [*OFFER[:2], -800, "EUR"],
        "an amount beyond 2^53": lambda: [*OFFER[:2], 2**53, "EUR"],
        "true for one cent": lambda: [*OFFER[:2], True, "EUR"],
        "a small currency": lambda: [*OFFER[:3], "eur"],
        "a price with a space": lambda: [DROP, "down load", 800, "EUR"],
        "no price": lambda: [DROP, "", 800, "EUR"],
    }
    for name, make in changed.items():
        yield name, with_claims(offer=make())
    yield "a map", with_claims(offer=dict(enumerate(OFFER)))
    yield "nested deep", signed(claims=PAYLOAD[: -len(encode(OFFER))] + b"\x81" * 300)
