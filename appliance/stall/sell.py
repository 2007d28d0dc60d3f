"""A sale for cash or card: judged, recorded in one transaction, and only then shown to anybody."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from appliance.core.entries import split_reference
from appliance.core.manifest import Price
from appliance.core.sale import (
    Order,
    Payment,
    check_order,
    check_papers,
    check_stock,
    check_window,
    payments,
    price_of,
    reason_of,
)
from appliance.errors import SaleError
from appliance.stall.catalogue import Catalogue, HeldDrop
from appliance.stall.copies import Copies, Sold, Terms, has_numbers, nothing_left
from appliance.stall.house import House, draw_bytes
from appliance.stall.questions import Questions
from appliance.store import answers, sales
from appliance.store.ledger import Book
from appliance.weblib.idempotency import Key


@dataclass(frozen=True, slots=True)
class Accepted:
    """An order that keeps the rules at this moment: one payment per copy."""

    held: HeldDrop
    price: Price
    payments: tuple[Payment, ...]

    @property
    def paid(self) -> int:
        """Minor units for the whole order."""
        return sum(payment.paid for payment in self.payments)


class Seller:
    def __init__(self, house: House, catalogue: Catalogue, copies: Copies, questions: Questions) -> None:
        self._house = house
        self._catalogue = catalogue
        self._copies = copies
        self._questions = questions

    async def sell(self, order: Order, *, key: Key | None = None) -> tuple[Sold, ...]:
        """Sells `order.quantity` copies under one group, all or none.

        A repetition with the same key gets the first answer. SaleError, RequestError or StoreError otherwise.
        """

        def work(book: Book) -> tuple[Sold, ...]:
            if key is not None and (answer := answers.find(book.db, key)) is not None:
                return tuple(again(book, sold) for sold in json.loads(answer))
            sold = self._sell(book, order)
            if key is not None:
                answers.keep(book.db, key, json.dumps([asdict(one) for one in sold]), book.running_ms)
            return sold

        return await self._house.record(work)

    def _sell(self, book: Book, order: Order) -> tuple[Sold, ...]:
        """The story of a sale: everything is judged, then each copy is recorded."""
        accepted = self.judge(book, order)
        if not has_numbers(book, accepted.held.manifest, len(accepted.payments)):
            raise nothing_left(book, accepted.held.manifest)
        group, reason = new_group(), reason_of(order.discount_reason)
        return tuple(
            self._copies.sell(book, accepted.held, Terms(group, accepted.price, payment, reason, order.payment_ref))
            for payment in accepted.payments
        )

    def judge(self, book: Book, order: Order) -> Accepted:
        """The rules of a sale, all but the numbers that are left; the refusal where one is broken. Changes nothing."""
        check_order(order)
        held = self._catalogue.by_slug(order.slug)
        new = held.manifest
        price = price_of(new, order)
        paid = payments(order, price)
        check_sellable(held, self._catalogue)
        check_papers(new, book.at)
        check_window(new, book.at, self._questions.is_window_confirmed)
        if price.stock is not None:
            check_stock(new, price, sales.sold_under(book.db, new.drop, price.id), order.quantity)
        return Accepted(held, price, paid)


def again(book: Book, sold: Mapping[str, Any]) -> Sold:
    """A copy that was answered before; StoreError as for a new one, where nobody may be told of it yet."""
    copy = Sold(**sold)
    book.promise(split_reference(copy.sale))
    return copy


def new_group() -> str:
    """The name of one order."""
    return str(uuid.UUID(bytes=draw_bytes(16), version=4))


def check_sellable(held: HeldDrop, catalogue: Catalogue) -> None:
    """`not-ready` for a drop that is held but must not be sold: its papers were withdrawn, its files are damaged."""
    if held.refusal is not None:
        raise SaleError("not-ready", f"“{held.manifest.title}” is not sold now: {held.refusal.detail}")
    if missing := catalogue.missing(held.manifest):
        raise SaleError(
            "not-ready",
            f"“{held.manifest.title}” cannot be sold: {len(missing)} of its files are damaged. Bring its bundle again.",
            status_hint=503,
        )
