"""Amounts as people write and read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.money import MOST, exponent, format_money, parse_money
from appliance.errors import RequestError


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        (800, "EUR", "en", "€8.00"),
        (5, "GBP", "en", "£0.05"),
        (123456, "USD", "en", "$1,234.56"),
        (800, "JPY", "en", "¥800"),
        (8000, "BHD", "en", "BHD\u00a08.000"),
        (800, "CHF", "en", "CHF\u00a08.00"),
        (800, "EUR", "de", "8,00\u00a0€"),
        (800, "BRL", "pt-BR", "R$\u00a08,00"),
    ],
)
def test_an_amount_is_written_as_its_readers_expect(amount: int, currency: str, locale: str, text: str) -> None:
    """Digits after the point follow ISO 4217, signs and marks the language."""
    assert format_money(amount, currency, locale) == text


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("8.00EUR", (800, "EUR")),
        ("8EUR", (800, "EUR")),
        ("8,50 EUR", (850, "EUR")),
        ("0EUR", (0, "EUR")),
        ("800JPY", (800, "JPY")),
        ("1.234BHD", (1234, "BHD")),
    ],
)
def test_a_price_is_read_in_minor_units(text: str, amount: tuple[int, str]) -> None:
    """What an organizer types becomes integer minor units and a currency."""
    assert parse_money(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "EUR",
        "8",
        "8.0EUR",
        "1.000EUR",
        "800.00JPY",
        "-8EUR",
        "8.00eur",
        "8.00QQQ",
        "٨EUR",
        "9" * 16 + "EUR",
        "8EUR5",
    ],
)
def test_an_ambiguous_price_is_refused(text: str) -> None:
    """Nothing is guessed about a price."""
    with pytest.raises(RequestError) as refusal:
        parse_money(text)
    assert refusal.value.code == "bad-request"


@given(st.integers(0, MOST), st.sampled_from(["EUR", "JPY", "BHD", "CLF", "USD"]))
def test_every_amount_survives_being_written_and_read(amount: int, currency: str) -> None:
    """The plain decimal form of any amount is read back as the same minor units."""
    digits = exponent(currency)
    plain = str(amount).rjust(digits + 1, "0")
    text = f"{plain[:-digits]}.{plain[-digits:]}" if digits else plain
    assert parse_money(text + currency) == (amount, currency)
