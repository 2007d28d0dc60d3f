"""Payment tokens: one form, the same bytes from claims to text and back, small enough for its QR."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import token
from appliance.core.documents import MAX_INTEGER
from appliance.core.token import Token
from appliance.errors import SaleError
from tests.attacks import forms
from tests.organizer import key

ISSUER = key("issuer")
PREFIX = "HTTP://10.42.0.1/T/"
QR_10_M, QR_11_M = 311, 366  # alphanumeric characters (ISO/IEC 18004, table 7)


def ids(size: int) -> st.SearchStrategy[str]:
    return st.binary(min_size=size, max_size=size).map(bytes.hex)


def _token(begin: int, life: int, **claims: object) -> Token:
    return Token(issuer=ISSUER.public.id, issued=begin, expires=begin + life, **claims)  # type: ignore[arg-type]


TOKENS = st.builds(
    _token,
    begin=st.integers(0, MAX_INTEGER // 2),
    life=st.integers(1, MAX_INTEGER // 2),
    box=ids(8),
    cti=st.binary(min_size=12, max_size=12),
    drop=ids(8),
    price=st.from_regex(r"[a-z0-9-]{1,16}", fullmatch=True),
    amount=st.integers(0, MAX_INTEGER),
    currency=st.from_regex(r"[A-Z]{3}", fullmatch=True),
    nonce=st.none() | st.binary(min_size=8, max_size=8),
)


@given(TOKENS)
def test_round_trip(made: Token) -> None:
    """What is written is read as the same claims, signed by its issuer and nobody else; and it fits its limits."""
    text = token.write(made, ISSUER)
    signed = token.read(text)
    assert signed.token == made
    assert signed.is_signed_by(ISSUER.public)
    assert not signed.is_signed_by(key("another").public)
    assert len(text) <= token.MAX_TEXT
    assert base64.b32decode(text + "=" * (-len(text) % 8)) == signed.data


@given(TOKENS, st.data())
def test_any_flipped_bit(made: Token, data: st.DataObject) -> None:
    """A flipped bit anywhere is another form, another claim that nobody signed, or a broken signature."""
    signed = token.read(token.write(made, ISSUER))
    position = data.draw(st.integers(0, len(signed.data) * 8 - 1))
    changed = bytearray(signed.data)
    changed[position // 8] ^= 1 << position % 8
    try:
        other = token.read(base64.b32encode(bytes(changed)).decode().rstrip("="))
    except SaleError as refusal:
        assert refusal.code == "malformed"  # noqa: PT017  # refused at once, or, below, by its signature
    else:
        assert not other.is_signed_by(ISSUER.public)


def test_written_as_others_write_it() -> None:
    """The product's writer gives the very text that RFC 9052 and deterministic CBOR give by hand."""
    made = Token(
        ISSUER.public.id,
        forms.BOX,
        forms.EXPIRES,
        forms.ISSUED,
        forms.CTI,
        forms.DROP.hex(),
        "download",
        800,
        "EUR",
        None,
    )
    assert token.write(made, ISSUER) == forms.GOOD


@pytest.mark.parametrize("nonce", [None, bytes(8)])
def test_it_fits_a_printed_code(nonce: bytes | None) -> None:
    """As a link a usual token fits a QR of version 10-M, and one with the longest price id one of 11-M."""
    usual = _token(forms.ISSUED, 3600, box=forms.BOX, cti=forms.CTI, drop="0" * 16, price="download", amount=800,
                   currency="EUR", nonce=nonce)  # fmt: skip
    assert 270 <= len(PREFIX + token.write(usual, ISSUER)) <= QR_10_M
    longest = _token(2**32, 2**32, box=forms.BOX, cti=forms.CTI, drop="0" * 16, price="p" * 16, amount=2**52,
                     currency="EUR", nonce=nonce)  # fmt: skip
    assert len(PREFIX + token.write(longest, ISSUER)) <= QR_11_M


def test_the_name_of_a_redemption() -> None:
    """A redemption is named by issuer and cti, and evidence by the SHA-256 of the COSE bytes."""
    signed = token.read(forms.GOOD)
    assert signed.token.id == (forms.SIGNER.public.id, forms.CTI.hex())
    assert signed.data == forms.DATA
    assert len(signed.sha256) == 64


@pytest.mark.parametrize(
    "text", ["HTTP://10.42.0.1/T/ABC", "http://10.42.0.1/t/ABC", "https://stall.local:8443/T/ABC", "ABC"]
)
def test_strip_link(text: str) -> None:
    """A scanned link is the token in it."""
    assert token.strip_link(text) == "ABC"


@pytest.mark.parametrize(
    "around", [" {}", "{} ", "{}\n", "\r\n{}", "HTTP://10.42.0.1/T/{}\n", " HTTP://10.42.0.1/T/{}"]
)
def test_blanks_are_another_spelling(around: str) -> None:
    """A token has one spelling (FORMATS §3): blanks around it or around its link make it malformed."""
    with pytest.raises(SaleError) as refusal:
        token.read(token.strip_link(around.format(forms.GOOD)))
    assert refusal.value.code == "malformed"


@pytest.mark.parametrize("text", ["HTTP://10.42.0.1/C/ABC", "ftp://x/t/ABC", "/t/ABC", "HTTP://a b/T/ABC"])
def test_other_links_stay(text: str) -> None:
    """Any other link is left as it is, and is malformed then."""
    assert token.strip_link(text) == text
    with pytest.raises(SaleError):
        token.read(token.strip_link(text))
