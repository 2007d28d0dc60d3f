"""How the machine under the box is: its supply, its temperature, its disk; and when that is worth the owner's time.

Readings in, troubles out. Nothing here stops a sale. What was said stays until it is clearly over, so that a value on
the edge does not come and go. A sensor that a board lacks says nothing, and nothing is made of that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

WARM_C, HOT_C = 75.0, 80.0  # from 80 °C on a Pi slows down
COOLER_C = 5.0
UNDERVOLTAGE_MS = 600_000  # a dip of a second is shown for ten minutes: whoever sells looks up now and then
WORN_TENTHS = 10  # JESD84-B51, DEVICE_LIFE_TIME_EST: 90 to 100 % of the life is used; 11: more than that
WORN_RESERVE = 2  # PRE_EOL_INFO: 80 % of the reserved blocks are used; 3: 90 %


@dataclass(frozen=True, slots=True)
class Disk:
    """Where the ledger lies. `life_tenths`, `reserve_state`: eMMC alone tells them; an SD card says nothing of wear.

    `errors`: how many the file system has noted in itself since it was made or checked (ext4).
    """

    free: int
    reserve: int  # what the shelf leaves free
    is_read_only: bool = False
    errors: int | None = None
    kind: str | None = None  # "SD", "MMC"; None: neither
    life_tenths: int | None = None
    reserve_state: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One look. `is_undervolted` None: this board has no sensor, as all Zeros; else whether it dipped in 2 s."""

    is_undervolted: bool | None
    celsius: float | None
    disk: Disk


class Trouble(StrEnum):
    """What may be wrong; the values are the codes of the faults."""

    UNDERVOLTAGE = "undervoltage"
    WARM = "warm"
    HOT = "hot"
    READ_ONLY = "disk-read-only"
    LOW = "disk-low"
    ERRORS = "disk-errors"
    WORN = "disk-worn"


TEXTS: Mapping[Trouble, str] = {  # no numbers in them: a fault that changed at every look would be drawn anew
    Trouble.UNDERVOLTAGE: "The power is too weak: the voltage dips. Use the supply made for this Pi and a short, thick "
    "cable, and take other devices off it. You can go on selling.",
    Trouble.WARM: "The box is getting hot. Put it into the shade and give it air. You can go on selling.",
    Trouble.HOT: "The box is too hot and slows down. Put it into the shade, open its case, let it cool.",
    Trouble.READ_ONLY: "The disk can only be read any more, so nothing can be sold: it is probably failing. "
    "Carry on with a spare box and the mirror stick; keep this card.",
    Trouble.LOW: "The disk is nearly full. You can go on selling; take no more drops in, and export the log.",
    Trouble.ERRORS: "The disk has had errors. You can go on selling; use another card for the next market.",
    Trouble.WORN: "The disk is nearly worn out. You can go on selling; use another one for the next market.",
}


@dataclass(frozen=True, slots=True)
class Health:
    """The newest reading, and what is wrong since then or before."""

    reading: Reading
    troubles: frozenset[Trouble] = frozenset()
    dipped_ms: int | None = None  # CLOCK_BOOTTIME at which the voltage was last seen too low

    @property
    def shown(self) -> tuple[Trouble, ...]:
        """For the screen: of two about the same matter the graver one."""
        hidden = {Trouble.WARM} if Trouble.HOT in self.troubles else set()
        return tuple(trouble for trouble in TEXTS if trouble in self.troubles - hidden)


def judged(before: Health | None, reading: Reading, boottime_ms: int) -> Health:
    """The health after one more look."""
    dipped_ms = boottime_ms if reading.is_undervolted else before.dipped_ms if before else None
    was = before.troubles if before else frozenset()
    troubles = {trouble for trouble, is_on in _RULES.items() if is_on(reading, trouble in was)}
    if dipped_ms is not None and boottime_ms - dipped_ms < UNDERVOLTAGE_MS:
        troubles.add(Trouble.UNDERVOLTAGE)
    return Health(reading, frozenset(troubles), dipped_ms)


def _is_above(celsius: float | None, limit: float, was: bool) -> bool:
    return celsius is not None and celsius >= limit - (COOLER_C if was else 0.0)


def _is_low(disk: Disk, was: bool) -> bool:
    """A full shelf leaves just the reserve and the ledger then grows into it, so only half of it gone is news."""
    return disk.free < disk.reserve * (3 if was else 2) // 4


def _is_worn(disk: Disk) -> bool:
    return (disk.life_tenths or 0) >= WORN_TENTHS or (disk.reserve_state or 0) >= WORN_RESERVE


_RULES: Mapping[Trouble, Callable[[Reading, bool], bool]] = {
    Trouble.WARM: lambda reading, was: _is_above(reading.celsius, WARM_C, was),
    Trouble.HOT: lambda reading, was: _is_above(reading.celsius, HOT_C, was),
    Trouble.READ_ONLY: lambda reading, _was: reading.disk.is_read_only,
    Trouble.LOW: lambda reading, was: _is_low(reading.disk, was),
    Trouble.ERRORS: lambda reading, _was: bool(reading.disk.errors),
    Trouble.WORN: lambda reading, _was: _is_worn(reading.disk),
}
