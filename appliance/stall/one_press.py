"""Selling with one press: the same sale again and again, in cash, and the last one taken back.

Remembers its last sale while the box runs, and no other: a press never undoes what the console sold.
"""

from __future__ import annotations

import asyncio

from appliance.core.sale import Order
from appliance.errors import SaleError
from appliance.stall.catalogue import Catalogue
from appliance.stall.copies import Sold
from appliance.stall.sell import Seller
from appliance.stall.undo import Undo

REASON = "taken back with the button"


class OnePress:
    """`slug`: the drop that is sold; None: the first that is on sale. One thing at a time, in the order asked for."""

    def __init__(self, seller: Seller, undo: Undo, catalogue: Catalogue, slug: str | None) -> None:
        self._seller = seller
        self._undo = undo
        self._catalogue = catalogue
        self._slug = slug
        self._last: Sold | None = None
        self._turn = asyncio.Lock()

    async def sell(self) -> Sold:
        """One copy at the first price, in cash. SaleError as of a sale; of several drops, the first one's."""
        async with self._turn:
            self._last = await self._sell()
            return self._last

    async def take_back(self) -> Sold:
        """Voids the last sale of `sell`, once. SaleError `already-opened` when its buyer has opened it."""
        async with self._turn:
            if self._last is None:
                raise SaleError("unknown-sale", "There is no sale of this button to take back.")
            await self._undo.void(self._last.sale, REASON, by=None, is_burning=False)
            taken, self._last = self._last, None
            return taken

    async def _sell(self) -> Sold:
        refusals: list[SaleError] = []
        for slug in self._slugs():
            try:
                return (await self._seller.sell(Order(slug)))[0]
            except SaleError as refusal:
                refusals.append(refusal)
        raise refusals[0] if refusals else SaleError("unknown-drop", "There is no drop on this box yet.")

    def _slugs(self) -> tuple[str, ...]:
        if self._slug is not None:
            return (self._slug,)
        return tuple(held.manifest.slug for held in self._catalogue.drops)
