"""The text of minisign files; that minisign itself reads them is tests/interop's matter."""

from __future__ import annotations

from base64 import b64decode

import pytest

from appliance.core.keys import PrivateKey
from appliance.core.minisign import drop_comment, minisign_public_key, minisign_signature

CREATOR = PrivateKey(b"c" * 32)
KEY_ID8 = bytes.fromhex(CREATOR.public.id)


def test_the_public_key_names_its_number() -> None:
    """Two lines: a comment, and the algorithm, the key number and the key."""
    comment, value = minisign_public_key(CREATOR.public.raw, KEY_ID8).splitlines()
    assert comment == f"untrusted comment: stallbox key {CREATOR.public.id}"
    assert b64decode(value) == b"Ed" + KEY_ID8 + CREATOR.public.raw


def test_the_signature_is_pure_and_its_comment_is_signed_with_it() -> None:
    """The first signature is over the message itself, the second over the first and the trusted comment."""
    text = minisign_signature(b"message", CREATOR.sign, KEY_ID8, drop_comment("0123456789abcdef", 3))
    _, first, trusted, second = text.splitlines()
    named = b64decode(first)
    assert named[:10] == b"Ed" + KEY_ID8
    assert CREATOR.public.verifies(b"message", named[10:])
    assert trusted == "trusted comment: drop:0123456789abcdef v:3"
    assert CREATOR.public.verifies(named[10:] + b"drop:0123456789abcdef v:3", b64decode(second))


@pytest.mark.parametrize("comment", ["two\nlines", "tab\t", "nul\0"])
def test_a_comment_of_several_lines_is_refused(comment: str) -> None:
    """Nothing can be smuggled into the file by a comment."""
    with pytest.raises(ValueError, match="one line"):
        minisign_signature(b"message", CREATOR.sign, KEY_ID8, comment)


def test_a_key_number_has_eight_bytes() -> None:
    """A longer or shorter key number would shift the key."""
    with pytest.raises(ValueError, match="8 bytes"):
        minisign_public_key(CREATOR.public.raw, KEY_ID8[:4])
