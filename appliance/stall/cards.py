"""A card payment in the reader's own app: the order waits here until the app, or the stall owner, says it is paid.

The order is judged before the card is charged and once more when it becomes a sale; its key makes that once.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from appliance.core.sale import Method, Order
from appliance.errors import RequestError
from appliance.stall.copies import Sold, has_numbers, nothing_left
from appliance.stall.house import House
from appliance.stall.sell import Seller
from appliance.store import cards
from appliance.store.cards import CardOrder
from appliance.store.ledger import Book
from appliance.weblib.idempotency import Key, key_of


class Cards:
    def __init__(self, house: House, seller: Seller) -> None:
        self._house = house
        self._seller = seller

    async def begin(self, order: Order, key: str, *, by: int | None) -> CardOrder | None:
        """Keeps an order that could be sold now, under a key of the caller's; None where nothing is to be charged."""

        def work(book: Book) -> CardOrder | None:
            book.check_promises()  # else the card would be charged for what cannot be sold yet
            accepted = self._seller.judge(book, order)
            new = accepted.held.manifest
            if not has_numbers(book, new, order.quantity):
                raise nothing_left(book, new)
            if accepted.paid == 0:
                return None
            body = json.dumps(asdict(replace(order, payment_ref=None)))
            cards.keep(book.db, CardOrder(key, body, new.title, accepted.paid, new.currency, by), book.running_ms)
            kept = _known(book, key)
            if kept.body != body:
                text = "The form was changed after it was sent. Start the sale anew."
                raise RequestError("key-reused", text, status_hint=422)
            return kept

        return await self._house.record(work)

    async def find(self, key: str) -> CardOrder:
        """The order kept under this key; `not-found`."""
        return await self._house.look(lambda book: _known(book, key))

    async def finish(self, key: str, payment_ref: str | None) -> tuple[Sold, ...]:
        """The card is paid: sells, once; a repetition gets the same answer."""
        kept = await self.find(key)
        fields = json.loads(kept.body)
        order = Order(**{**fields, "method": Method(fields["method"]), "payment_ref": payment_ref})
        return await self._seller.sell(order, key=_answer_key(kept))

    async def drop(self, key: str) -> None:
        """The card was not charged: the order waits no longer."""

        def work(book: Book) -> None:
            cards.drop(book.db, _known(book, key).key)

        await self._house.record(work)

    async def waiting(self) -> list[CardOrder]:
        """Orders that are neither sold nor dropped, the newest first."""
        return await self._house.look(lambda book: cards.waiting(book.db, book.running_ms))


def _known(book: Book, key: str) -> CardOrder:
    found = cards.find(book.db, key, book.running_ms)
    if found is None:
        raise RequestError("not-found", "This card payment is not known here. Look at the last sales.", status_hint=404)
    return found


def _answer_key(kept: CardOrder) -> Key:
    """The receipt number is no part of it: app and stall owner may both finish the sale, one with and one without."""
    return key_of(kept.key, "POST", "/console/card", kept.body.encode())
