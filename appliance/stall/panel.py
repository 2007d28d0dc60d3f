"""The links by which a drop is paid on the web, as small panels show them (FORMATS §3, *Offer*).

Each stays the same for five minutes, so that e-paper is not drawn anew with every tick of the nonce, and is replaced
when fifteen of its twenty minutes are still to come.
"""

from __future__ import annotations

from collections.abc import Mapping

from appliance.core.clock import Stamp
from appliance.core.sale import check_papers, check_stock, check_window
from appliance.core.status import DropStatus, PayLink
from appliance.errors import SaleError
from appliance.stall.catalogue import Catalogue
from appliance.stall.house import House
from appliance.stall.offers import Offers
from appliance.stall.questions import Questions
from appliance.stall.sell import check_sellable

STAYS_MS = 300_000

Sold = Mapping[tuple[str, str], int]
"""How many copies were sold, by drop and price option."""


class Panel:
    def __init__(self, house: House, catalogue: Catalogue, questions: Questions, offers: Offers) -> None:
        self._house = house
        self._catalogue = catalogue
        self._questions = questions
        self._offers = offers

    def links(self, drops: tuple[DropStatus, ...], sold: Sold, at: Stamp) -> tuple[PayLink, ...]:
        """The first price option of each drop that costs something, where it could be sold at `at`."""
        if self._house.settings.web.checkout is None:
            return ()
        found = [self._link(drop, sold, at) for drop in drops if not drop.sold_out]
        return tuple(link for link in found if link is not None)

    def _link(self, drop: DropStatus, sold: Sold, at: Stamp) -> PayLink | None:
        held = self._catalogue.by_id(drop.drop)
        price = next((price for price in held.manifest.prices if price.amount), None) if held else None
        if held is None or price is None:
            return None
        new = held.manifest
        try:
            check_sellable(held, self._catalogue)
            check_papers(new, at)
            check_window(new, at, self._questions.is_window_confirmed)
            check_stock(new, price, sold.get((new.drop, price.id), 0), 1)
        except SaleError:  # nobody is asked to pay for it; why, the status says itself
            return None
        url = self._offers.panel(new, price, at.boottime_ms // STAYS_MS * STAYS_MS)
        return PayLink(new.slug, new.title, price.title, price.amount, new.currency, url) if url else None
