"""All use cases of one box together: what web pages, the control socket and the command line are given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from appliance.core.batch import cut, file_name
from appliance.core.merkle import Tree, leaf_hash
from appliance.stall.catalogue import Catalogue
from appliance.stall.claims import Claims
from appliance.stall.delivery import Deliveries
from appliance.stall.guesses import Guesses
from appliance.stall.house import House
from appliance.stall.loading import load
from appliance.stall.papers import Papers
from appliance.stall.phones import Phones
from appliance.stall.sell import Seller
from appliance.stall.stock import Stock


@dataclass(frozen=True, slots=True)
class Stall:
    house: House
    catalogue: Catalogue
    papers: Papers
    seller: Seller
    claims: Claims
    deliveries: Deliveries
    stock: Stock
    phones: Phones

    async def batches(self, first: int = 0) -> AsyncIterator[tuple[str, bytes]]:
        """The whole log as sync batches, name and bytes, every incarnation from entry `first` (FORMATS §6)."""
        house = self.house
        for incarnation in await house.reader.incarnations():
            leaves = await house.reader.leaves(incarnation)
            log = house.ledger.log(incarnation, Tree(map(leaf_hash, leaves)))
            for start, last, data in cut(log, leaves[first:], first):
                yield file_name(house.box_id, incarnation, start, last), data


async def open_stall(house: House, card_hash: str | None) -> Stall:
    """Loads what is on disk and puts the use cases together."""
    catalogue = await load(house)
    guesses = Guesses()
    seller = Seller(house, catalogue, guesses)
    claims = Claims(house, catalogue, guesses)
    return Stall(
        house=house,
        catalogue=catalogue,
        papers=Papers(house, catalogue),
        seller=seller,
        claims=claims,
        deliveries=Deliveries(house, catalogue, claims),
        stock=Stock(house, catalogue, seller),
        phones=Phones(house, card_hash, guesses),
    )
