"""Offers: what a reader or web checkout is asked to sign. Any number may be asked for; none is remembered.

The nonce's key is random per boot and lies in the runtime directory, which outlives the daemon, not the boot.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from appliance.core.clock import Stamp
from appliance.core.documents import MAX_INTEGER, Fields, read_json, write_json
from appliance.core.manifest import Manifest, Price
from appliance.core.offer import TICK_MS, VALID_FOR_S, Offer, panel_link
from appliance.core.redeem import offer_of
from appliance.core.sale import check_papers, check_stock, check_window, reason_of
from appliance.core.token import Token
from appliance.errors import PaperError, RequestError, SaleError
from appliance.files import write_durably
from appliance.stall.catalogue import Catalogue
from appliance.stall.copies import has_numbers, nothing_left
from appliance.stall.house import House
from appliance.stall.questions import Questions
from appliance.stall.sell import check_sellable
from appliance.store import sales, tokens
from appliance.store.ledger import Book

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer with its nonce, as a reader gets it."""

    offer: Offer
    slug: str
    title: str
    nonce: bytes
    panel: str | None  # link for a small panel, where one can be shown

    def answer(self) -> dict[str, object]:
        """FORMATS §3, *Offer*."""
        return {
            "box": self.offer.box,
            "drop": self.offer.drop,
            "slug": self.slug,
            "price": self.offer.price,
            "amount": self.offer.amount,
            "currency": self.offer.currency,
            "nonce": self.nonce.hex(),
            "valid_for": VALID_FOR_S,
        }


class Offers:
    def __init__(self, house: House, catalogue: Catalogue, questions: Questions, runtime: Path) -> None:
        self._house = house
        self._catalogue = catalogue
        self._questions = questions
        self._key = _boot_key(runtime / "nonce-key.json", house.now().boot)

    async def offer(
        self, slug: str, price_id: str | None = None, amount: int | None = None, reason: str | None = None
    ) -> Offered:
        """Offers a copy at its list price, or at more (the rest is a tip); at less only with a reason.

        Only a paired phone may give a reason: the caller has checked that. SaleError where it could not be sold now.
        """
        held = self._catalogue.by_slug(slug)
        new, at = held.manifest, self._house.now()
        check_sellable(held, self._catalogue)
        check_papers(new, at)
        check_window(new, at, self._questions.is_window_confirmed)
        price = new.prices[0] if price_id is None else new.price(price_id)
        if price is None:
            raise SaleError("unknown-price", f"“{new.title}” has no price option {price_id}.", status_hint=404)
        asked, reason = price.amount if amount is None else amount, reason_of(reason)
        if not 0 <= asked <= MAX_INTEGER:
            raise RequestError("bad-request", "The amount is in minor units, from 0 up.")
        if asked < price.amount and not reason:
            raise RequestError("bad-request", "Less than the list price needs a discount with its reason.")
        await self._check_left(held.manifest, price)
        offer = Offer(self._house.box_id, new.drop, price.id, asked, new.currency)
        nonce = offer.nonce(self._key, at.boottime_ms)
        if asked < price.amount:
            await self._house.record(lambda book: tokens.keep_discount(book.db, nonce, reason, book.running_ms))
        panel = self._panel(offer, nonce) if asked == price.amount else None
        return Offered(offer, new.slug, new.title, nonce, panel)

    async def _check_left(self, new: Manifest, price: Price) -> None:
        """`sold-out`, `not-allotted`: nobody is asked to pay for what would only be owed."""

        def work(book: Book) -> None:
            check_stock(new, price, sales.sold_under(book.db, new.drop, price.id), 1)
            if not has_numbers(book, new):
                raise nothing_left(book, new)

        await self._house.look(work)

    def age_ms(self, token: Token, at: Stamp) -> int | None:
        """How long before `at` this box made the offer that a token answers; None where it made none."""
        if token.nonce is None:
            return None
        age = offer_of(token).age_ticks(self._key, token.nonce, at.boottime_ms)
        return None if age is None else age * TICK_MS

    def panel(self, new: Manifest, price: Price, boottime_ms: int) -> str | None:
        """The link for a small panel, offered at the list price at that time of this boot; None where it has none."""
        offer = Offer(self._house.box_id, new.drop, price.id, price.amount, new.currency)
        return self._panel(offer, offer.nonce(self._key, boottime_ms))

    def _panel(self, offer: Offer, nonce: bytes) -> str | None:
        host = self._house.settings.web.checkout
        alike = [held for held in self._catalogue.drops if held.manifest.drop[:2] == offer.drop[:2]]
        if host is None or len(alike) != 1:
            return None
        options = [price.id for price in alike[0].manifest.prices]
        return panel_link(host, offer.box, nonce, offer.drop, options.index(offer.price))


def _boot_key(path: Path, boot: str) -> bytes:
    """This boot's key: the one in the runtime directory if it is of this boot, else a new one."""
    try:
        f = Fields(read_json(path.read_bytes(), "nonce key", 1024), "nonce key", "boot", "key")
        if f.text("boot") == boot and len(key := bytes.fromhex(f.text("key"))) == _KEY_BYTES:
            return key
    except (OSError, PaperError, ValueError):
        pass  # none, or not whole: offers made before are boxed tokens then, nothing is lost
    key = secrets.token_bytes(_KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, write_json({"boot": boot, "key": key.hex()}), 0o600)
    return key
