"""The join code: what it says, and that it fits the smallest display."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import network
from appliance.draw import qr

SMALLEST_HEIGHT = 122


def written_like(pattern: re.Pattern[str]) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


def test_the_text_is_the_one_that_cameras_read() -> None:
    """WPA2 is `T:WPA`, an open network `T:nopass`: other spellings fail on some phones."""
    assert network.join_text("Stall 7", "harbour-12") == "WIFI:T:WPA;S:Stall 7;P:harbour-12;;"
    assert network.join_text("Stall 7", None) == "WIFI:T:nopass;S:Stall 7;;"


@given(written_like(network.SSID), written_like(network.PASSPHRASE) | st.none())
def test_what_does_not_exceed_fits_the_smallest_display(ssid: str, passphrase: str | None) -> None:
    """A join code without excess is drawn on 122 rows with whole modules of three pixels; one with excess is not."""
    fits = qr.pixels_per_module(network.join_text(ssid, passphrase), SMALLEST_HEIGHT) is not None
    assert fits == (network.excess(ssid, passphrase) == 0)


@given(written_like(network.SSID), written_like(network.PASSPHRASE))
def test_nothing_in_the_text_needs_to_be_escaped(ssid: str, passphrase: str) -> None:
    """Names and passphrases hold none of the characters that the ways to escape disagree about."""
    assert not re.search(r'[\\;,":%]', ssid + passphrase)


@pytest.mark.parametrize("ssid", ["", " Stall", "Stall ", "Café", "a;b", "Cafe", "12345678", "x" * 33])
def test_names_that_phones_read_differently_are_no_names(ssid: str) -> None:
    """Blanks at the ends, letters beyond ASCII and what looks like hex are refused."""
    assert not network.SSID.fullmatch(ssid)


@pytest.mark.parametrize("passphrase", ["1234567", " 12345678", "grün-grün", "x" * 64])
def test_passphrases_that_wpa2_does_not_take_are_none(passphrase: str) -> None:
    """8 to 63 characters of ASCII, no blank at the ends."""
    assert not network.PASSPHRASE.fullmatch(passphrase)
