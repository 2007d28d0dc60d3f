"""Copies at price 0 that buyers take by themselves: so many an hour, so many in all (settings `[free]`).

Counted over all phones together: a phone that invents a new address gets no more than one that does not.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from appliance.core.manifest import Manifest, Price
from appliance.core.sale import Method, Payment, check_papers, check_stock, check_window
from appliance.errors import SaleError
from appliance.settings import Free
from appliance.stall.catalogue import Catalogue
from appliance.stall.copies import Copies, Sold, Terms
from appliance.stall.house import House
from appliance.stall.questions import Questions
from appliance.stall.sell import again, check_sellable, new_group
from appliance.store import answers, free, sales
from appliance.store.ledger import Book
from appliance.weblib.idempotency import Key

HOUR_MS = 3600 * 1000


class Giver:
    def __init__(self, house: House, catalogue: Catalogue, copies: Copies, questions: Questions) -> None:
        self._house = house
        self._catalogue = catalogue
        self._copies = copies
        self._questions = questions

    async def give(self, slug: str, price_id: str | None, key: Key) -> Sold:
        """Gives one copy under a price option that costs nothing; the same key gets the same copy. `free-limit`."""

        def work(book: Book) -> Sold:
            if (answer := answers.find(book.db, key)) is not None:
                return again(book, json.loads(answer))
            sold = self._give(book, slug, price_id)
            answers.keep(book.db, key, json.dumps(asdict(sold)), book.running_ms)
            return sold

        return await self._house.record(work)

    def _give(self, book: Book, slug: str, price_id: str | None) -> Sold:
        held = self._catalogue.by_slug(slug)
        new = held.manifest
        price = free_price(new, price_id)
        check_sellable(held, self._catalogue)
        check_papers(new, book.at)
        check_window(new, book.at, self._questions.is_window_confirmed)
        check_stock(new, price, sales.sold_under(book.db, new.drop, price.id), 1)
        _check_limits(book, self._house.settings.free)
        return self._copies.sell(book, held, Terms(new_group(), price, Payment(0, 0, 0, Method.FREE)))


def free_price(manifest: Manifest, price_id: str | None) -> Price:
    """The option of that id, or the first that costs nothing; `unknown-price` where it does cost something."""
    for price in manifest.prices:
        if price.amount == 0 and price_id in {None, price.id}:
            return price
    raise SaleError("unknown-price", f"“{manifest.title}” is not given away like this: pay at the stall.")


def _check_limits(book: Book, limits: Free) -> None:
    if free.given(book.db) >= limits.in_all:
        raise SaleError("free-limit", "This stall has given away all the free copies it has. Ask at the stall.")
    if limits.per_hour == 0:
        raise SaleError("free-limit", "Free copies are handed out at the stall: ask there.")
    earliest = free.nth_last_ms(book.db, limits.per_hour)
    if earliest is not None and (wait_ms := earliest + HOUR_MS - book.running_ms) > 0:
        minutes = -(-wait_ms // 60_000)
        raise SaleError("free-limit", f"Enough free copies for now. Try again in {minutes} min, or ask at the stall.")
