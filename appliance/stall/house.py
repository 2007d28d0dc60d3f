"""What every use case works with, in one place: the box's identity, its ledger, shelf and papers, its clock.

Made once by `daemon`. Knows no rule.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from appliance.core.clock import Stamp
from appliance.core.health import Health
from appliance.core.keys import PrivateKey
from appliance.core.status import Fault, Seats
from appliance.settings import Settings
from appliance.stall.boxclock import BoxClock
from appliance.stall.mirroring import Mirroring
from appliance.store.ledger import Ledger, Work
from appliance.store.papers import PaperShelf
from appliance.store.reader import Reader
from appliance.store.shelf import Shelf

T = TypeVar("T")


@dataclass
class House:
    settings: Settings
    key: PrivateKey
    ledger: Ledger
    reader: Reader
    shelf: Shelf
    papers: PaperShelf
    clock: BoxClock
    now: Callable[[], Stamp]
    seats: Seats | None = None  # on the Wi-Fi, as last seen
    buttons: tuple[str, ...] = ()  # those that can be pressed
    health: Health | None = None  # of the machine, as last seen
    mirroring: Mirroring | None = None
    faults: dict[str, Fault] = field(default_factory=dict)  # what the stall owner should know, by what it is about

    @property
    def box_id(self) -> str:
        return self.key.public.id

    def running_ms(self) -> int:
        """Milliseconds that the machine has run, over all boots: claims and pickup numbers end by it."""
        return self.ledger.running_ms(self.now())

    async def record(self, work: Work[T]) -> T:
        """Records at this moment; see `Ledger.record`."""
        return await self.ledger.record(work, self.now())

    async def look(self, work: Work[T]) -> T:
        """Runs a work that changes nothing, without waiting for those that do; see `Ledger.look`."""
        return await self.ledger.look(work, self.now())

    def note(self, about: str, fault: Fault | None) -> None:
        """Puts a fault on the screen, or takes it away."""
        if fault is None:
            self.faults.pop(about, None)
        else:
            self.faults[about] = fault


def draw_bytes(count: int) -> bytes:
    """Fresh random bytes."""
    return secrets.token_bytes(count)


def draw_digits(count: int) -> str:
    """A random decimal number of so many digits."""
    return f"{secrets.randbelow(10**count):0{count}}"
