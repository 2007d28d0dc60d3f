"""Public keys and detached signatures in the text of minisign; signify reads the same files.

FORMATS §8: the pure form (`Ed`), which signs the bytes themselves and not their hash. It writes only: stallbox
never trusts such a file, it is for people who check a drop with the tools of their own system.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

_ALGORITHM = b"Ed"
_KEY_NUMBER_BYTES = 8


def minisign_public_key(public: bytes, key_id8: bytes) -> str:
    """The public key file. `key_id8`: the 8 bytes of the key id (FORMATS §1)."""
    return _comment(key_id8) + _line(_named(key_id8, public))


def minisign_signature(message: bytes, sign: Callable[[bytes], bytes], key_id8: bytes, trusted_comment: str) -> str:
    """The signature file over `message`, with a comment of one line that is signed too."""
    if not trusted_comment.isprintable():
        raise ValueError("a trusted comment is one line of printable text")
    signature = sign(message)
    comment = trusted_comment.encode()
    return (
        _comment(key_id8)
        + _line(_named(key_id8, signature))
        + f"trusted comment: {trusted_comment}\n"
        + _line(sign(signature + comment))
    )


def drop_comment(drop: str, version: int) -> str:
    """The trusted comment under a drop's manifest."""
    return f"drop:{drop} v:{version}"


def _named(key_id8: bytes, value: bytes) -> bytes:
    if len(key_id8) != _KEY_NUMBER_BYTES:
        raise ValueError(f"a key number has {_KEY_NUMBER_BYTES} bytes, this one {len(key_id8)}")
    return _ALGORITHM + key_id8 + value


def _comment(key_id8: bytes) -> str:
    return f"untrusted comment: stallbox key {key_id8.hex()}\n"


def _line(value: bytes) -> str:
    return b64encode(value).decode("ascii") + "\n"
