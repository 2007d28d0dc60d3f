"""Claim codes: 16 Crockford base32 characters that are the right to download (FORMATS §1).

The first two hint at the box, so that a code of another box is told apart from a wrong one. Draws no random number.
"""

from __future__ import annotations

import hashlib
import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALIASES = str.maketrans("OIL", "011")
_CODE = re.compile(f"[{ALPHABET}]{{16}}")
_HASH_PREFIX = b"stallbox-claim-v1"


def crockford(value: int, length: int) -> str:
    """The last 5 × `length` bits of `value`, most significant first."""
    return "".join(ALPHABET[(value >> 5 * place) & 31] for place in reversed(range(length)))


def box_hint(box_id: str) -> str:
    """The two characters with which every code of a box begins."""
    return crockford(int(box_id, 16) >> 54, 2)


def make_code(box_id: str, entropy: bytes) -> str:
    """A code of this box out of at least 9 fresh random bytes (70 bits are used)."""
    return box_hint(box_id) + crockford(int.from_bytes(entropy[:9]), 14)


def normalise(text: str) -> str | None:
    """The code that a person typed or a link held, upper case; None where it cannot be one."""
    code = re.sub(r"[\s-]", "", text[:64]).upper().translate(ALIASES)
    return code if _CODE.fullmatch(code) else None


def shown(code: str) -> str:
    """`XXXX-XXXX-XXXX-XXXX`, for people."""
    return "-".join(code[i : i + 4] for i in range(0, 16, 4))


def claim_hash(code: str) -> str:
    """What the ledger holds of a code, hex."""
    return hashlib.sha256(_HASH_PREFIX + code.encode("ascii")).hexdigest()


def link(base: str, code: str) -> str:
    """The claim's address in upper case, which QR codes hold in alphanumeric mode."""
    return f"{base}/c/{code}".upper()
