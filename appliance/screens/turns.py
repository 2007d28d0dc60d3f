"""Which page has its turn: the rules in order, and the moment at which they could answer differently.

It knows the status and nothing of pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from appliance.core.status import Status, WaitingClaim

SHOWN_CLAIMS = 3

# Faults with which the box cannot record a sale; all others are a line at the foot of the page.
STOPS_SELLING = frozenset({"store", "not-ready", "settings", "key-file"})


class Page(StrEnum):
    """Every page that a status can call for."""

    CLAIMS = "claims"
    FAULT = "fault"
    EMPTY = "empty"
    SOLD_OUT = "sold out"
    SHOP = "shop"


def waiting(status: Status) -> tuple[WaitingClaim, ...]:
    """The claims that are still to be shown, newest first."""
    living = [claim for claim in status.waiting if claim.until_ms > status.boottime_ms]
    return tuple(living[:SHOWN_CLAIMS])


def cannot_sell(status: Status) -> bool:
    """Whether a fault stops every sale."""
    return any(fault.code in STOPS_SELLING for fault in status.faults)


# The first rule that holds decides. A buyer who waits comes before everything else.
RULES: tuple[tuple[Page, Callable[[Status], bool]], ...] = (
    (Page.CLAIMS, lambda status: bool(waiting(status))),
    (Page.FAULT, cannot_sell),
    (Page.EMPTY, lambda status: not status.drops),
    (Page.SOLD_OUT, lambda status: all(drop.sold_out for drop in status.drops)),
    (Page.SHOP, lambda status: True),
)


def page(status: Status) -> Page:
    """The page whose turn it is at `status.boottime_ms`."""
    return next(page for page, holds in RULES if holds(status))


def next_change_ms(status: Status) -> int | None:
    """The CLOCK_BOOTTIME at which the page changes by itself, because a claim's time is over; None if it does not."""
    return min((claim.until_ms for claim in waiting(status)), default=None)
