"""All use cases of one box together: what web pages, the control socket and the command line are given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.core import entries
from appliance.core.batch import cut, file_name
from appliance.core.clock import Stamp
from appliance.errors import StoreError
from appliance.stall.acknowledgements import Acknowledgements
from appliance.stall.cards import Cards
from appliance.stall.catalogue import Catalogue
from appliance.stall.claims import Claims
from appliance.stall.close import Close
from appliance.stall.copies import Copies
from appliance.stall.debts import Debts
from appliance.stall.delivery import Deliveries
from appliance.stall.free import Giver
from appliance.stall.guesses import Guesses
from appliance.stall.house import House
from appliance.stall.invitations import Invitations
from appliance.stall.loading import load
from appliance.stall.offers import Offers
from appliance.stall.panel import Panel
from appliance.stall.papers import Papers
from appliance.stall.past import signable
from appliance.stall.phones import Phones
from appliance.stall.pin import Pin
from appliance.stall.questions import Questions
from appliance.stall.redeem import Redeemer
from appliance.stall.release import Release
from appliance.stall.sell import Seller
from appliance.stall.small_papers import hear_held_reset
from appliance.stall.stock import Stock
from appliance.stall.timekeeping import note_clock
from appliance.stall.undo import Undo


@dataclass(frozen=True, slots=True)
class Stall:
    house: House
    catalogue: Catalogue
    papers: Papers
    acknowledgements: Acknowledgements
    seller: Seller
    cards: Cards
    giver: Giver
    offers: Offers
    redeemer: Redeemer
    debts: Debts
    claims: Claims
    deliveries: Deliveries
    undo: Undo
    questions: Questions
    release: Release
    close: Close
    stock: Stock
    phones: Phones
    invitations: Invitations

    async def batches(self, first: int = 0) -> AsyncIterator[tuple[str, bytes]]:
        """The whole log as sync batches, name and bytes, every incarnation from entry `first` (FORMATS §6).

        StoreError, after all that can be signed, where entries were changed on the disk.
        """
        async for batch in self._cut({}, first):
            yield batch

    async def outbox(self) -> AsyncIterator[tuple[str, bytes]]:
        """What the collector has not acknowledged, as `batches`."""
        async for batch in self._cut(await self.house.reader.acknowledged(), 0):
            yield batch

    async def _cut(self, begins: Mapping[int, int], otherwise: int) -> AsyncIterator[tuple[str, bytes]]:
        """Batches of each incarnation from its own entry of `begins` on."""
        house, withheld = self.house, 0
        for incarnation in await house.reader.incarnations():
            first = begins.get(incarnation, otherwise)
            past = await signable(house, incarnation)
            batches = cut(house.ledger.log(incarnation, past.tree), past.leaves[first:], first)
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                start, last, data = batch
                yield file_name(house.box_id, incarnation, start, last), data
            withheld += past.withheld
        if withheld:
            raise StoreError(
                "store",
                f"{withheld} entries belong to a ledger that was changed on this card: the box does not sign them. "
                "All others are written. Keep the card for the organizer.",
            )


async def open_stall(house: House, card_hash: str | None, runtime: Path) -> Stall:
    """Loads what is on disk and puts the use cases together. `runtime` outlives the daemon, not the boot."""
    catalogue = await load(house)
    guesses = Guesses()
    await hear_held_reset(house, catalogue.chain)
    await note_clock(house)
    questions = Questions(house, window_boot=(await house.reader.clock_marks())[1])
    copies = Copies(house, guesses)
    claims = Claims(house, catalogue, copies, guesses)
    offers = Offers(house, catalogue, questions, runtime)
    debts = Debts(house, catalogue, copies)
    redeemer = Redeemer(house, catalogue, copies, debts, offers, questions, await _restarted(house))
    papers = Papers(house, catalogue)
    seller = Seller(house, catalogue, copies, questions)
    phones = Phones(house, card_hash, guesses)
    return Stall(
        house=house,
        catalogue=catalogue,
        papers=papers,
        acknowledgements=Acknowledgements(house, catalogue, papers),
        seller=seller,
        cards=Cards(house, seller),
        giver=Giver(house, catalogue, copies, questions),
        offers=offers,
        redeemer=redeemer,
        debts=debts,
        claims=claims,
        deliveries=Deliveries(house, catalogue, claims),
        undo=Undo(house, catalogue, Pin(house.settings.refunds)),
        questions=questions,
        release=Release(house, catalogue),
        close=Close(house, redeemer),
        stock=Stock(house, catalogue, questions, Panel(house, catalogue, questions, offers)),
        phones=phones,
        invitations=Invitations(house, phones, guesses),
    )


async def _restarted(house: House) -> Stamp | None:
    """When the ledger's incarnation began, unless it is the first: older boxed tokens are marked (FORMATS §5)."""
    leaf = await house.reader.leaf((house.ledger.incarnation, 0))
    assert leaf is not None, "every incarnation begins with its restart"
    entry = entries.read(leaf)
    return None if entry.fields["reason"] == "first" else entry.time
