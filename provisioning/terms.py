"""What a creator decides about a drop, and how it is written on a command line.

Knows the words of prices, editions and times; knows no file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.core.manifest import MAX_SIZE, Aftercare, Price
from appliance.core.money import parse_money
from appliance.errors import RequestError

LICENSE = "All rights reserved"
LIFETIME = 7200  # seconds
BUDGET = 3  # times the drop's bytes
_NAMED = re.compile(
    r"(?P<id>[a-z0-9-]{1,16})=(?P<amount>[^:]+)(?::(?P<title>[^:]*))?(?::(?P<hand>[^:]*))?(?::(?P<stock>\d*))?"
)


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything in a manifest that is not read from the files. `size` None is an open edition."""

    slug: str
    title: str
    prices: tuple[Price, ...]
    currency: str
    size: int | None
    summary: str = ""
    url: str | None = None
    license: str = LICENSE
    cover: str | None = None
    previews: tuple[str, ...] = ()
    sale_from: int | None = None
    sale_until: int | None = None
    lifetime: int = LIFETIME
    budget: int = BUDGET
    aftercare: Aftercare | None = None


def composed(text: str) -> str:
    """The text in Unicode's composed form, as signed documents need it; some keyboards give the other."""
    return unicodedata.normalize("NFC", text).strip()


def parse_prices(texts: Sequence[str]) -> tuple[tuple[Price, ...], str]:
    """The options and their one currency from `8.00EUR` or `print=25.00EUR:With signed print:the print:20`."""
    options = [_price(text) for text in texts]
    currencies = {currency for _, currency in options}
    if len(currencies) != 1:
        raise RequestError("bad-request", f"A drop has one currency, not {', '.join(sorted(currencies)) or 'none'}.")
    ids = [price.id for price, _ in options]
    if twice := next((i for i in ids if ids.count(i) > 1), None):
        raise RequestError("bad-request", f"Two prices are called {twice}: name the second, as in print=25.00EUR.")
    return tuple(price for price, _ in options), currencies.pop()


def _price(text: str) -> tuple[Price, str]:
    if "=" not in text:
        amount, currency = parse_money(text)
        return Price("download", "Download", amount, None, None), currency
    match = _NAMED.fullmatch(text)
    if match is None:
        raise RequestError(
            "bad-request",
            f"{text!r} is no price: write ID=AMOUNT:TITLE:HAND OVER:STOCK, for example "
            "print=25.00EUR:With signed print:the print:20 (title, hand over and stock may be left out).",
        )
    amount, currency = parse_money(match["amount"])
    title = composed(match["title"] or "") or match["id"].replace("-", " ").capitalize()
    stock = int(match["stock"]) if match["stock"] else None
    return Price(match["id"], title, amount, composed(match["hand"] or "") or None, stock), currency


def parse_edition(text: str) -> int | None:
    """The number of copies, or None for `open`."""
    if text == "open":
        return None
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MAX_SIZE:
        return int(text)
    raise RequestError("bad-request", f"{text!r} is no edition: write a number from 1 to {MAX_SIZE}, or open.")


def parse_moment(text: str) -> int:
    """Unix seconds of `2026-12-05T10:00`; without a zone it is the time on this computer's clock."""
    try:
        if "T" not in text:
            raise ValueError(text)
        return int(datetime.fromisoformat(text).astimezone().timestamp())
    except ValueError as error:
        raise RequestError(
            "bad-request", f"{text!r} is no time: write 2026-12-05T10:00, or 2026-12-05T09:00Z for UTC."
        ) from error
