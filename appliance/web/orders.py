"""An order as it arrives: from the API's JSON or from the console's form. What it means is the use case's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

from appliance.core.documents import MAX_INTEGER
from appliance.core.manifest import Manifest
from appliance.core.money import parse_amount
from appliance.core.sale import Method, Order
from appliance.errors import RequestError

T = TypeVar("T")

_FIELDS: Mapping[str, type] = {
    "drop": str,
    "price": str,
    "quantity": int,
    "method": str,
    "discount": int,
    "discount_reason": str,
    "tip": int,
    "payment_ref": str,
}
_MAX_TEXT = 500


def read_object(body: bytes) -> dict[str, object]:
    """A JSON object without repeated fields; `bad-request` otherwise."""
    try:
        value = json.loads(body, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()  # fails for half a surrogate pair, which is no text
    except (ValueError, RecursionError) as error:
        raise RequestError("bad-request", f"The body is not JSON ({error}).") from error
    if not isinstance(value, dict):
        raise RequestError("bad-request", "The body must be a JSON object.")
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no number")


def from_json(body: bytes) -> Order:
    """The order in the body of `POST /api/v1/sales`; a field left out or null is as in the form, empty."""
    fields = {name: value for name, value in read_object(body).items() if not (name in _FIELDS and value is None)}
    for name, value in fields.items():
        _check_field(name, value)
    if "drop" not in fields:
        raise RequestError("bad-request", "The order does not say which drop: give its slug as “drop”.")
    return Order(
        slug=_get(fields, "drop", ""),
        price=_get(fields, "price", "") or None,
        quantity=_get(fields, "quantity", 1),
        method=_method(_get(fields, "method", "cash")),
        discount=_get(fields, "discount", 0),
        discount_reason=_get(fields, "discount_reason", "") or None,
        tip=_get(fields, "tip", 0),
        payment_ref=_get(fields, "payment_ref", "") or None,
    )


def _check_field(name: str, value: object) -> None:
    wanted = _FIELDS.get(name)
    if wanted is None:
        raise RequestError("bad-request", f"“{name[:40]}” is no field of an order; they are {', '.join(_FIELDS)}.")
    if not isinstance(value, wanted) or isinstance(value, bool):
        kind = "a text" if wanted is str else "a whole number"
        raise RequestError("bad-request", f"“{name}” must be {kind}.")
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        raise RequestError("bad-request", f"“{name}” is too long.")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise RequestError("bad-request", f"“{name}” is too large a number.")


def _get(fields: Mapping[str, object], name: str, default: T) -> T:
    value = fields.get(name, default)
    assert isinstance(value, type(default)), "checked against the same table"
    return value


def _method(text: str) -> Method:
    try:
        return Method(text)
    except ValueError as error:
        raise RequestError("bad-request", "A sale is paid in cash or by card.") from error


def slug_of(form: Mapping[str, str]) -> str:
    """Which drop was tapped: the form says `slug/price`."""
    return form.get("offer", "").partition("/")[0]


def from_form(form: Mapping[str, str], manifest: Manifest) -> Order:
    """The order on the console's form, for this drop. Amounts are written as people write them: 1.50 or 1,50."""
    return Order(
        slug=manifest.slug,
        price=form.get("offer", "").partition("/")[2] or None,
        quantity=_quantity(form.get("more") or form.get("quantity") or "1"),
        method=_method(form.get("method", "cash")),
        discount=_amount(form.get("discount", ""), manifest.currency),
        discount_reason=form.get("reason") or None,
        tip=_amount(form.get("tip", ""), manifest.currency),
        payment_ref=form.get("payment_ref", "").upper() or None,
    )


def _quantity(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise RequestError("bad-request", "How many copies? Write a number, such as 2.")
    return int(text)


def _amount(text: str, currency: str) -> int:
    return parse_amount(text, currency) if text else 0
