"""Claim codes and the owner card: what people type is read kindly, and guessed by nobody."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import card, claim
from appliance.core.claim import ALPHABET, box_hint, make_code, normalise, shown
from appliance.errors import PaperError

BOX = "ffc0000000000000"
ENTROPY = st.binary(min_size=9, max_size=20)
SEPARATORS = st.sampled_from(["", "-", " ", " - ", "--"])


@given(ENTROPY)
def test_code(entropy: bytes) -> None:
    """A code is 16 characters of the alphabet, the first two of which tell the box."""
    code = make_code(BOX, entropy)
    assert re.fullmatch(f"[{ALPHABET}]{{16}}", code)
    assert code[:2] == box_hint(BOX) == "ZZ"


def test_hint() -> None:
    """The hint is the first ten bits of the box id."""
    assert box_hint("0000000000000000") == "00"
    assert box_hint("0040000000000000") == "01"
    assert box_hint("0800000000000000") == "10"


def test_seventy_bits() -> None:
    """Each of the last 70 bits of nine random bytes changes the code."""
    codes = {make_code(BOX, (1 << bit).to_bytes(9)) for bit in range(70)}
    assert len(codes | {make_code(BOX, bytes(9))}) == 71


@given(ENTROPY, SEPARATORS, st.randoms(use_true_random=False))
def test_typed(entropy: bytes, between: str, chance: object) -> None:
    """However a code is typed, in any case, with separators, with O, I and L, it is the same code."""
    code = make_code(BOX, entropy)
    typed = between.join(shown(code).split("-"))
    for text in (typed, typed.lower(), typed.replace("0", "o").replace("1", "l"), typed.replace("1", "I")):
        assert normalise(text) == code


@pytest.mark.parametrize("text", ["", "0" * 15, "0" * 17, "U" * 16, "é" * 16, "0" * 15 + "!", "０" * 16, "0" * 10_000])
def test_no_code(text: str) -> None:
    """Too short, too long or with other characters it is no code."""
    assert normalise(text) is None


def test_hash() -> None:
    """The ledger's hash is of the prefix and the upper-case characters, as FORMATS §1 says."""
    code = "7KQ2" * 4
    assert claim.claim_hash(code) == hashlib.sha256(b"stallbox-claim-v1" + code.encode()).hexdigest()


def test_link() -> None:
    """The link is 35 characters that a QR code holds in alphanumeric mode."""
    link = claim.link("http://10.42.0.1", "7KQ2" * 4)
    assert link == "HTTP://10.42.0.1/C/7KQ27KQ27KQ27KQ2"
    assert len(link) == 35
    assert re.fullmatch(r"[0-9A-Z $%*+\-./:]+", link)


@given(st.binary(min_size=17, max_size=20), SEPARATORS)
def test_card(entropy: bytes, between: str) -> None:
    """The owner card's 26 characters are read however they are typed; the box keeps only their digest."""
    secret = card.make_secret(entropy)
    assert re.fullmatch(f"[{ALPHABET}]{{26}}", secret)
    assert card.normalise(between.join([secret[:13], secret[13:]]).lower()) == secret
    record = card.write_record(secret)
    assert secret.encode() not in record
    assert card.read_record(record) == card.card_hash(secret)


def test_no_card() -> None:
    """What cannot be a card's secret, and files that are no card's, are refused."""
    for text in ("", "0" * 25, "0" * 27, "U" * 26):
        assert card.normalise(text) is None
    for data in (
        b"",
        b"{}",
        b'{"kind":"stallbox-owner-card","sha256":"x"}',
        b'{"kind":"x","sha256":"%s"}' % (b"0" * 64),
    ):
        with pytest.raises(PaperError):
            card.read_record(data)


def test_cards_differ() -> None:
    """Each of the 130 bits counts."""
    assert len({card.make_secret((1 << bit).to_bytes(17)) for bit in range(130)}) == 130
