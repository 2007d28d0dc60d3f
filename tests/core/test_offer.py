"""Offers: the nonce proves when and for what this box asked, and needs no memory."""

from __future__ import annotations

import base64
import hashlib
import hmac

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.offer import PANEL_HOST, TICK_MS, TICKS, YOUNG_TICKS, Offer, panel_link

KEY = bytes(range(32))
OFFER = Offer("0123456789abcdef", "fedcba9876543210", "download", 800, "EUR")
QR_3_M = 61  # alphanumeric characters (ISO/IEC 18004, table 7)


def test_the_formula() -> None:
    """FORMATS §3, *Nonce*: three bytes of tick, five of HMAC-SHA-256 over deterministic CBOR."""
    ms = 123_456_789
    tick = ms // 10_000
    asked = [bytes.fromhex(OFFER.box), bytes.fromhex(OFFER.drop), "download", 800, "EUR", tick]
    seal = hmac.new(KEY, cbor2.dumps(asked), hashlib.sha256).digest()
    assert OFFER.nonce(KEY, ms) == tick.to_bytes(3, "big") + seal[:5]


@given(st.integers(0, 2**50), st.integers(0, TICKS - 1))
def test_age(made_ms: int, later: int) -> None:
    """The age in ticks of 10 s is exact, also where the counter of 2^24 ticks has turned over."""
    nonce = OFFER.nonce(KEY, made_ms)
    now_ms = (made_ms // TICK_MS + later) * TICK_MS
    assert OFFER.age_ticks(KEY, nonce, now_ms) == later


def test_young() -> None:
    """Twenty minutes."""
    assert YOUNG_TICKS * TICK_MS == 20 * 60 * 1000


@pytest.mark.parametrize(
    "other",
    [
        Offer("0123456789abcdee", OFFER.drop, OFFER.price, OFFER.amount, OFFER.currency),
        Offer(OFFER.box, "fedcba9876543211", OFFER.price, OFFER.amount, OFFER.currency),
        Offer(OFFER.box, OFFER.drop, "print", OFFER.amount, OFFER.currency),
        Offer(OFFER.box, OFFER.drop, OFFER.price, 799, OFFER.currency),
        Offer(OFFER.box, OFFER.drop, OFFER.price, OFFER.amount, "CHF"),
    ],
)
def test_a_nonce_is_for_its_offer(other: Offer) -> None:
    """A nonce says nothing for another box, drop, option, amount or currency."""
    assert other.age_ticks(KEY, OFFER.nonce(KEY, 0), 0) is None


@given(st.integers(0, 63))
def test_a_changed_nonce(bit: int) -> None:
    """A flipped bit of the nonce, its tick included, and it is not this box's; nor is it under another boot's key."""
    nonce = bytearray(OFFER.nonce(KEY, 500_000))
    nonce[bit // 8] ^= 1 << bit % 8
    assert OFFER.age_ticks(KEY, bytes(nonce), 500_000) is None
    assert OFFER.age_ticks(KEY[::-1], OFFER.nonce(KEY, 500_000), 500_000) is None


@pytest.mark.parametrize("option", [0, 7, 15])
def test_panel_link(option: int) -> None:
    """28 characters hold box, nonce, the drop's first byte and the option, and the code is exactly a QR 3-M."""
    nonce = bytes(range(8))
    link = panel_link("h" * PANEL_HOST, OFFER.box, nonce, OFFER.drop, option)
    assert link is not None
    assert len(link) == QR_3_M
    head, code = link.rsplit("/", 1)
    assert head == f"HTTPS://{'H' * PANEL_HOST}/P"
    assert len(code) == 28
    held = int.from_bytes(base64.b32decode(code + "AAAA")) >> 20
    assert held >> 4 == int(OFFER.box + nonce.hex() + OFFER.drop[:2], 16)
    assert held & 15 == option


def test_no_panel_link() -> None:
    """A host that is too long and a sixteenth option have no link."""
    assert panel_link("h" * (PANEL_HOST + 1), OFFER.box, bytes(8), OFFER.drop, 0) is None
    assert panel_link("h", OFFER.box, bytes(8), OFFER.drop, 16) is None
