"""The rules of a sale for cash or card: what was asked for is accepted, or refused because.

Manifest, moment and stock in; a priced offer or a SaleError out. FORMATS §3 (*Window*), §5 (`sale`), §9.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from appliance.core import time_rules
from appliance.core.clock import Stamp
from appliance.core.documents import plain_time
from appliance.core.manifest import Manifest, Price
from appliance.core.time_rules import Window
from appliance.errors import RequestError, SaleError

MAX_QUANTITY = 50
MAX_REASON = 200
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAYMENT_REF = re.compile(r"[A-Z0-9-]{1,40}")


class Method(StrEnum):
    CASH = "cash"
    CARD = "card"
    TOKEN = "token"  # noqa: S105  # the word for a payment token
    VOUCHER = "voucher"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Order:
    """What the stall owner wants to sell. `discount` and `tip` are minor units for the whole order."""

    slug: str
    price: str | None = None
    quantity: int = 1
    method: Method = Method.CASH
    discount: int = 0
    discount_reason: str | None = None
    tip: int = 0
    payment_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """What is paid for one copy: amount − discount + tip."""

    amount: int
    discount: int
    tip: int
    method: Method

    @property
    def paid(self) -> int:
        return self.amount - self.discount + self.tip


def check_order(order: Order) -> None:
    """`bad-request` where the order itself makes no sense, whatever the drop."""
    if not 1 <= order.quantity <= MAX_QUANTITY:
        raise RequestError("bad-request", f"Sell 1 to {MAX_QUANTITY} copies at once.")
    if order.method not in {Method.CASH, Method.CARD}:
        raise RequestError("bad-request", "A sale is paid in cash or by card.")
    if order.discount < 0 or order.tip < 0:
        raise RequestError("bad-request", "Discount and tip cannot be below zero.")
    if bool(reason_of(order.discount_reason)) != (order.discount > 0):
        raise RequestError("bad-request", "A discount needs a reason, and nothing else has one.")
    if order.payment_ref is not None and not _PAYMENT_REF.fullmatch(order.payment_ref):
        raise RequestError("bad-request", "The receipt number may have capital letters, digits and dashes, 40 at most.")


def reason_of(text: str | None) -> str:
    """What somebody typed as a reason, as entries hold it: composed (NFC) and without blanks around it; may be empty.

    `bad-request` beyond 200 characters, and for what is no Unicode at all.
    """
    reason = unicodedata.normalize("NFC", text or "").strip()
    if len(reason) > MAX_REASON or _SURROGATE.search(reason):
        raise RequestError("bad-request", f"A reason is a text of at most {MAX_REASON} characters.")
    return reason


def price_of(manifest: Manifest, order: Order) -> Price:
    """The price option ordered (the first where none is named); `unknown-price` otherwise."""
    price = manifest.prices[0] if order.price is None else manifest.price(order.price)
    if price is None:
        offered = ", ".join(option.id for option in manifest.prices)
        raise SaleError("unknown-price", f"“{manifest.title}” has no price option {order.price}; it has {offered}.")
    return price


def payments(order: Order, price: Price) -> tuple[Payment, ...]:
    """One payment per copy; discount and tip are spread evenly, the first copies take what does not divide."""
    if order.discount > price.amount * order.quantity:
        raise RequestError("bad-request", "The discount is larger than the price.")
    discounts = _spread(order.discount, order.quantity)
    tips = _spread(order.tip, order.quantity)
    found = []
    for discount, tip in zip(discounts, tips, strict=True):
        free = price.amount - discount + tip == 0
        found.append(Payment(price.amount, discount, tip, Method.FREE if free else order.method))
    return tuple(found)


def _spread(total: int, parts: int) -> list[int]:
    each, rest = divmod(total, parts)
    return [each + (1 if part < rest else 0) for part in range(parts)]


def check_papers(manifest: Manifest, at: Stamp) -> None:
    """`papers-expired`: an expired manifest stops cash and card."""
    if at.lo >= manifest.expires:
        raise SaleError(
            "papers-expired",
            f"The papers of “{manifest.title}” expired on {plain_time(manifest.expires)}: "
            "ask the creator for a newer bundle.",
        )


def window(manifest: Manifest, at: Stamp) -> Window:
    """Whether the drop's sale window is open."""
    return time_rules.window(at, manifest.sale_from, manifest.sale_until)


def check_window(manifest: Manifest, at: Stamp, confirmed: bool) -> None:
    """`window-closed`, `window-not-open`, or `not-ready` until the stall owner has confirmed an uncertain window."""
    state = window(manifest, at)
    if state is Window.CLOSED:
        end = plain_time(manifest.sale_until or 0)
        raise SaleError("window-closed", f"The sale of “{manifest.title}” ended on {end}.")
    if state is Window.NOT_YET:
        begin = plain_time(manifest.sale_from or 0)
        raise SaleError("window-not-open", f"The sale of “{manifest.title}” begins on {begin}.")
    if state is Window.UNCERTAIN and not confirmed:
        raise SaleError(
            "not-ready",
            f"The box is not sure of the time, and “{manifest.title}” is sold only in a certain time. "
            "Confirm on the console that the sale is open now.",
        )


def check_stock(manifest: Manifest, price: Price, sold_under: int, quantity: int) -> None:
    """`sold-out` where the option's own stock does not hold `quantity` more."""
    if price.stock is not None and sold_under + quantity > price.stock:
        left = max(0, price.stock - sold_under)
        raise SaleError("sold-out", f"“{manifest.title}”, {price.title}: {left} left here. Offer another price option.")
