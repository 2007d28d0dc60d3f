"""The sentences of the screen, made from facts. Short, true, and in words that a buyer at a stall knows."""

from __future__ import annotations

from appliance.core.money import format_money
from appliance.core.status import DropStatus, Join, Status, Unsynced, WaitingClaim
from appliance.draw.text import drawable, readable

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"), (1, "bytes"))
_CLOCKS = {"none": "clock not set", "floor": "clock not set", "signed": "clock not sure"}


def title(drop: DropStatus) -> str:
    """The drop's title, or its slug where the typeface lacks the script."""
    return readable(drop.title, drop.slug)


def by_creator(drop: DropStatus) -> str:
    """Who made it; nothing where the name cannot be drawn."""
    return f"by {drop.creator}" if drop.creator and drawable(drop.creator) else ""


def price(drop: DropStatus) -> str:
    return money(drop.amount, drop.currency)


def money(amount: int, currency: str) -> str:
    """An amount in minor units with its currency's digits; nothing to pay is free."""
    return "free" if amount == 0 else format_money(amount, currency)


def stock(drop: DropStatus) -> str:
    """How many copies are left here. Says so when other stalls sell numbers of the same edition."""
    if drop.left is None or drop.size is None:
        return "open edition"
    if drop.sold_out:
        return "sold out"
    if drop.allotted == drop.size:
        return f"{drop.left} of {drop.size} left"
    return f"{drop.left} left here of {drop.size}"


def number(claim: WaitingClaim) -> str:
    """`#17 of 100`; nothing in an open edition."""
    return "" if claim.number is None or claim.of is None else f"#{claim.number} of {claim.of}"


def address(status: Status) -> str:
    """The shop's address as one would type it."""
    return status.shop_url.lower().removeprefix("http://").rstrip("/")


def unsynced(waiting: Unsynced) -> str:
    """What the collector does not know yet, or nothing."""
    if not waiting.count:
        return ""
    return f"{entries(waiting)} not synced, oldest {age(waiting.oldest_s)}"


def cases(status: Status) -> str:
    """How many entries the organizer looks into, or nothing."""
    count = sum(case.entries for case in status.cases)
    return f"{'1 entry' if count == 1 else f'{count} entries'} in a case" if count else ""


def entries(waiting: Unsynced) -> str:
    """How many entries, in words."""
    return "1 entry" if waiting.count == 1 else f"{waiting.count} entries"


def age(seconds: int) -> str:
    """In the largest unit of which there is a whole one."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return "under 1 min"


def foot(status: Status) -> str:
    """The one line that the stall owner should know: a fault, a clock that is not sure, or what waits to be synced."""
    if status.faults:
        return status.faults[0].text
    clock = _CLOCKS.get(status.clock.quality, "")
    return " · ".join(filter(None, (unsynced(status.unsynced), cases(status), clock)))


def network(join: Join) -> str:
    """The network's name."""
    return readable(join.ssid, "see the owner card")


def seats(status: Status) -> str:
    """How many phones the network still takes, where that is known."""
    if status.seats is None or status.seats.of is None:
        return ""
    free = max(0, status.seats.of - status.seats.taken)
    if not free:
        return "All seats are taken: wait a moment"
    return "1 seat free" if free == 1 else f"{free} of {status.seats.of} seats free"


def plain(text: str) -> str:
    """A sentence that names what stands on a stick: characters that the typeface lacks become question marks."""
    line = " ".join(text.split())
    return "".join(character if drawable(character) else "?" for character in line)


def progress(done: int, total: int) -> str:
    """So many of so many bytes; nothing where that is not known."""
    if not total:
        return ""
    unit, name = next((size, name) for size, name in _UNITS if total >= size)
    return f"{done / unit:.{_digits(total / unit)}f} of {total / unit:.{_digits(total / unit)}f} {name}"


def _digits(value: float) -> int:
    return 0 if value >= 10 else 1
