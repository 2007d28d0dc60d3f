"""The sentences of the screen, made from facts. Short, true, and in words that a buyer at a stall knows."""

from __future__ import annotations

from appliance.core.money import format_money
from appliance.core.status import DropStatus, Status, Unsynced, WaitingClaim
from appliance.draw.text import drawable, readable

_CLOCKS = {"none": "clock not set", "floor": "clock not set", "signed": "clock not sure"}


def title(drop: DropStatus) -> str:
    """The drop's title, or its slug where the typeface lacks the script."""
    return readable(drop.title, drop.slug)


def by_creator(drop: DropStatus) -> str:
    """Who made it; nothing where the name cannot be drawn."""
    return f"by {drop.creator}" if drop.creator and drawable(drop.creator) else ""


def price(drop: DropStatus) -> str:
    return "free" if drop.amount == 0 else format_money(drop.amount, drop.currency)


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
    entries = "1 entry" if waiting.count == 1 else f"{waiting.count} entries"
    return f"{entries} not synced, oldest {_age(waiting.oldest_s)}"


def _age(seconds: int) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return "under 1 min"


def foot(status: Status) -> str:
    """The one line that the stall owner should know: a fault, a clock that is not sure, or what waits to be synced."""
    if status.faults:
        return status.faults[0].text
    clock = _CLOCKS.get(status.clock.quality, "")
    return " · ".join(filter(None, (unsynced(status.unsynced), clock)))
