"""Amounts of money as people write and read them. Everywhere else money is integer minor units and an ISO 4217 code.

It knows how many digits a currency has after the point and how a language writes an amount; it never
converts or rounds.
"""

from __future__ import annotations

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import is_currency, parse_pattern

from appliance.errors import RequestError

MOST = 2**53 - 1  # FORMATS §1

# ISO 4217 minor units where they are not 2. CLDR's own digits leave out coins that nobody uses (ISK, HUF):
# right for a till, wrong for an amount whose minor unit is fixed by the standard.
_NO_DIGITS = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
    "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
_THREE_DIGITS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_FOUR_DIGITS = ("CLF", "UYW")
_EXPONENTS = dict.fromkeys(_NO_DIGITS, 0) | dict.fromkeys(_THREE_DIGITS, 3) | dict.fromkeys(_FOUR_DIGITS, 4)
_CODE_BEFORE_DIGIT = re.compile(r"([A-Z])(?=\d)")  # CLDR sets a space there (currencySpacing); Babel does not
_NUMBER = re.compile(r"(\d{1,16})(?:[.,](\d{1,4}))?", re.ASCII)
_PRICE = re.compile(_NUMBER.pattern + r"\s?([A-Z]{3})", re.ASCII)
_SAMPLE = 800  # minor units


def exponent(currency: str) -> int:
    """How many digits `currency` has after the decimal point (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def format_money(amount: int, currency: str, locale: str = "en") -> str:
    """`amount` minor units as `locale` writes them: €8.00, ¥800, 8,00 € in German.

    All digits of the currency are always there, so that a price never looks like another one.
    """
    language = Locale.parse(locale, sep="-" if "-" in locale else "_")
    digits = exponent(currency)
    pattern = parse_pattern(language.currency_formats["standard"].pattern)
    pattern.frac_prec = (digits, digits)
    value = Decimal(amount).scaleb(-digits)
    text: str = pattern.apply(value, language, currency=currency, currency_digits=False)
    return _CODE_BEFORE_DIGIT.sub("\\1\u00a0", text)


def plain_amount(amount: int, currency: str) -> str:
    """`amount` minor units as a decimal number with a point, for tables and programs: 8.00, 800."""
    return f"{Decimal(amount).scaleb(-exponent(currency)):f}"


def parse_money(text: str) -> tuple[int, str]:
    """The minor units and the currency of a price such as `8.00EUR`, `8 EUR` or `800JPY`.

    Refuses (`bad-request`) an unknown currency, a wrong number of digits after the point, and grouping marks:
    nothing is guessed.
    """
    match = _PRICE.fullmatch(text.strip())
    if match is None:
        raise RequestError("bad-request", f"{text!r} is no price: write it like 8.00EUR or 800JPY.")
    whole, fraction, currency = match.groups()
    if not is_currency(currency):
        raise RequestError("bad-request", f"{currency} in {text!r} is no currency: use its ISO 4217 code, such as EUR.")
    digits = exponent(currency)
    if fraction is not None and len(fraction) != digits:
        raise RequestError("bad-request", f"{text!r}: {currency} has {_digits(digits)} after the point.")
    amount = int(whole + (fraction or "0" * digits))
    if amount > MOST:
        raise RequestError("bad-request", f"{text!r} is more than a price can be.")
    return amount, currency


def parse_amount(text: str, currency: str) -> int:
    """The minor units of `1.00` in a currency that is known; `0` is nothing in every one. Refuses as `parse_money`,
    in the words of a field whose currency is not asked for."""
    text = text.strip()
    if text == "0":
        return 0
    if not _NUMBER.fullmatch(text):
        raise RequestError("bad-request", f"{text!r} is no amount: write it like {plain_amount(_SAMPLE, currency)}.")
    return parse_money(text + currency)[0]


def _digits(count: int) -> str:
    return {0: "no digits"}.get(count, f"{count} digits")
