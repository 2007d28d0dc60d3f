"""A stall that takes payment tokens: its organizer, one drop, and a reader that signs whatever a test wants."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.core import entries
from appliance.core.entries import Entry
from appliance.errors import StallboxError
from appliance.premises import open_stall_in
from appliance.stall.redeem import Redeemed
from appliance.stall.stall import Stall
from tests.box import make_data
from tests.organizer import Drop, Organizer
from tests.stall.hardware import Hardware

FILES: Mapping[str, bytes] = {"01-pier.jpg": b"pier" * 50}
PRICES = [
    {"id": "download", "title": "Download", "amount": 800, "hand_over": None, "stock": None},
    {"id": "print", "title": "With signed print", "amount": 2500, "hand_over": "the print", "stock": 1},
]


@dataclass
class Till:
    folder: Path
    organizer: Organizer
    drop: Drop
    hardware: Hardware
    stall: Stall

    def token(self, **terms: object) -> str:
        """A boxed token of an hour for this box and drop, signed now; `terms` replace what it says."""
        now = self.hardware.truth
        usual: dict[str, object] = {"issued": now, "expires": now + 3600}
        return self.organizer.token(self.organizer.box.public.id, self.drop.id, **{**usual, **terms})  # type: ignore[arg-type]

    async def fresh(self, price: str = "download", amount: int | None = None, reason: str | None = None) -> str:
        """A token for an offer that the box makes now."""
        offered = await self.stall.offers.offer(self.drop.slug, price, amount, reason)
        return self.token(price=price, amount=offered.offer.amount, nonce=offered.nonce)

    async def redeem(self, text: str, *allowed: str) -> Redeemed:
        return await self.stall.redeemer.redeem(text, allowed=frozenset(allowed))

    async def refusal(self, text: str, *allowed: str) -> StallboxError:
        """Why a token is refused; the test fails where it is not."""
        try:
            await self.redeem(text, *allowed)
        except StallboxError as refusal:
            return refusal
        raise AssertionError("the token was redeemed")

    async def code(self, text: str, *allowed: str) -> str:
        """The code of the refusal."""
        return (await self.refusal(text, *allowed)).code

    async def log(self, *kinds: str) -> list[Entry]:
        """The entries of these types in the incarnation that is written now."""
        leaves = await self.stall.house.reader.leaves(self.stall.house.ledger.incarnation)
        return [entry for entry in map(entries.read, leaves) if entry.type in kinds]

    async def states(self) -> dict[str, int]:
        """How many numbers are in each state."""
        return (await self.stall.house.reader.numbers())[self.drop.id]

    async def bring(self, name: str = "stick", **given: object) -> None:
        """A bundle of the drop; `given` replaces parts of it."""
        await self.stall.papers.ingest(self.drop.bundle(self.folder / name, **given))  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def opened(
    folder: Path, *, size: int | None = 4, hardware: Hardware | None = None, settings: str = "", **fields: object
) -> AsyncIterator[Till]:
    """A new box that sells; `fields` are those of the manifest, `settings` more lines of stallbox.toml."""
    organizer = Organizer(folder)
    drop = organizer.drop(size=size, files=FILES, **{"prices": PRICES, **fields})
    box = make_data(folder / "box", organizer)
    with (box / "stallbox.toml").open("a") as file:
        file.write(settings)
    hardware = hardware or Hardware()
    async with open_stall_in(box, readings=hardware.readings) as (stall, _):
        till = Till(folder, organizer, drop, hardware, stall)
        await till.bring()
        yield till


@contextlib.asynccontextmanager
async def reopened(till: Till) -> AsyncIterator[Till]:
    """The same box after its daemon has ended and started again."""
    async with open_stall_in(till.folder / "box", readings=till.hardware.readings) as (stall, _):
        yield Till(till.folder, till.organizer, till.drop, till.hardware, stall)
