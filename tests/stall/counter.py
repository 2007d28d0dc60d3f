"""The stall's use cases over real files, with a clock that tests turn: also back, and across boots."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from appliance.core.clock import Quality, Stamp
from appliance.core.sale import Order
from appliance.settings import parse
from appliance.stall.boxclock import BoxClock, Readings
from appliance.stall.claims import Claim
from appliance.stall.copies import Sold
from appliance.stall.house import House
from appliance.stall.loading import editions
from appliance.stall.stall import Stall, open_stall
from appliance.store.opening import open_ledger
from appliance.store.papers import PaperShelf
from appliance.store.reader import reading
from appliance.store.second import SecondPlace
from appliance.store.shelf import Shelf
from tests import ledgers
from tests.box import CARD_HASH, make_data
from tests.organizer import NOW, Organizer, key

PHONE = "10.42.0.77"


@dataclass
class Clock:
    """What the box takes for the time."""

    lo: int = NOW
    hi: int | None = NOW + 1
    quality: Quality = Quality.NTP
    boot: str = "00000000-0000-4000-8000-000000000001"
    boottime_ms: int = 10_000

    def __call__(self) -> Stamp:
        return Stamp(self.lo, self.hi, self.quality, self.boot, self.boottime_ms)

    @property
    def readings(self) -> Readings:
        """A machine that says nothing of the time: the test does."""
        return Readings(lambda: self.boot, lambda: self.boottime_ms, lambda: 0, lambda: None, lambda: None)

    def wait(self, seconds: float) -> None:
        """Time passes while the box runs."""
        self.lo += int(seconds)
        self.hi = None if self.hi is None else self.hi + int(seconds)
        self.boottime_ms += int(seconds * 1000)

    def reboot(self, number: int) -> None:
        """The machine was off; nobody knows for how long."""
        self.boot = f"00000000-0000-4000-8000-{number:012}"
        self.boottime_ms = 3_000

    def lose_time(self) -> None:
        """Only the floor is known."""
        self.hi, self.quality = None, Quality.FLOOR


@dataclass
class Counter:
    """An open stall with its organizer and its clock."""

    data: Path
    organizer: Organizer
    clock: Clock
    stall: Stall

    async def sell(self, slug: str = "harbour-lights", **order: object) -> Sold:
        """One copy."""
        (copy,) = await self.stall.seller.sell(Order(slug, **order))  # type: ignore[arg-type]
        return copy

    async def claim(self, sold: Sold) -> Claim:
        return await self.stall.claims.find(sold.claim, PHONE)

    def log(self, kind: str) -> list[dict[str, object]]:
        """The fields of every entry of a type, oldest first."""
        return [dict(entry.fields) for entry in ledgers.log(self.data / "ledger.db") if entry.type == kind]


@contextlib.asynccontextmanager
async def open_counter(
    folder: Path, *bundles: Path, clock: Clock | None = None, reserve: int = 0
) -> AsyncIterator[Counter]:
    """The stall in `folder`, made if need be, with these bundles taken in. `reserve`: bytes that must stay free."""
    organizer, clock = Organizer(folder), clock or Clock()
    data = folder / "data"
    if not data.exists():
        make_data(data, organizer)
    papers = PaperShelf(data / "papers")
    second = SecondPlace(data / "keys" / "second-place")
    opening = open_ledger(
        data / "ledger.db", second, key("box"), editions(papers), clock(), lambda: secrets.randbits(32)
    )
    async with opening.ledger.committing() as ledger, reading(data / "ledger.db") as reader:
        settings = parse((data / "stallbox.toml").read_text())
        shelf = Shelf(data / "shelf", reserve)
        house = House(settings, key("box"), ledger, reader, shelf, papers, BoxClock(None, clock.readings), clock)
        stall = await open_stall(house, CARD_HASH, data / "run")
        for bundle in bundles:
            await stall.papers.ingest(bundle)
        yield Counter(data, organizer, clock, stall)
    second.close()
