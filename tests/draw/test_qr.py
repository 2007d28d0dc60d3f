"""QR codes: right, large enough, readable."""

from __future__ import annotations

import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.draw import qr
from tests.reading import by_hand, codes

CLAIM = "HTTP://10.42.0.1/C/7KQ2M3VD9XWT4T5A"


def test_a_claim_is_version_2() -> None:
    """A claim's link of 35 characters fits 25 modules: 3 pixels each on the smallest panel (FORMATS §1)."""
    assert (len(CLAIM), len(qr.matrix(CLAIM))) == (35, 25)
    assert qr.pixels_per_module(CLAIM, 122) == 3


def test_lower_case_costs_a_larger_symbol() -> None:
    """Upper-case links are coded in the alphanumeric mode."""
    assert len(qr.matrix(CLAIM.lower())) > len(qr.matrix(CLAIM))


def test_the_level_rises_where_it_is_free() -> None:
    """Spare room in a symbol goes into error correction; level M is the least."""
    levels = {text: zxingcpp.read_barcodes(qr.image(text, 3))[0].ec_level for text in (CLAIM, "HTTP://10.42.0.1/", "A")}
    assert levels == {CLAIM: "M", "HTTP://10.42.0.1/": "M", "A": "H"}


def test_a_code_that_does_not_fit_says_so() -> None:
    """No module is ever smaller than 3 pixels."""
    assert qr.pixels_per_module(CLAIM, 98) is None


@pytest.mark.parametrize("module", [3, 4, 7])
def test_the_quiet_zone_is_four_modules(module: int) -> None:
    """Nothing dark stands within four modules of the edge, and dark begins right behind."""
    image = qr.image(CLAIM, module)
    light = image.convert("L").point(lambda value: 255 - value).getbbox()
    quiet = 4 * module
    assert light == (quiet, quiet, image.width - quiet, image.height - quiet)


@settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300))
def test_any_text_is_read_back(text: str) -> None:
    """A stock reader finds the very text in the symbol."""
    assert codes(qr.image(text, 3)) == {text}


@pytest.mark.parametrize("blur", [0.0, 0.8, 1.2])
def test_three_pixels_survive_a_hand_held_phone(blur: float) -> None:
    """Modules of 3 pixels are read out of focus and tilted."""
    assert codes(by_hand(qr.image(CLAIM, 3), blur=blur, degrees=7)) == {CLAIM}


def test_a_terminal_shows_the_same_code() -> None:
    """The half blocks of the terminal, looked at as pixels, are read as the text."""
    lines = re.sub("\x1b\\[[0-9;]*m", "", qr.terminal(CLAIM)).split("\n")
    image = Image.new("1", (len(lines[0]), 2 * len(lines)), 1)
    for row, line in enumerate(lines):
        for column, block in enumerate(line):
            image.putpixel((column, 2 * row), int(block not in "▀█"))
            image.putpixel((column, 2 * row + 1), int(block not in "▄█"))
    assert codes(image.resize((image.width * 4, image.height * 4))) == {CLAIM}
