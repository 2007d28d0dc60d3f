"""Every page, and what must be true for it to be shown: rules as data. It knows nothing of turns nor of pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from appliance.core.pace import Pace
from appliance.core.scene import MirrorState, Stick
from appliance.core.status import Status, WaitingClaim

SHOWN_CLAIMS = 3
LONG_UNSYNCED_S = 24 * 3600  # what was not synced since yesterday is worth a page of its own

NEEDS_CLOCK = frozenset({"clock", "window", "time-asked"})


class Page(StrEnum):
    """Every page, by the name that people type."""

    BOOT = "boot"
    JOIN = "join"
    SHOP = "shop"
    BOTH = "both"  # join and shop, side by side
    PAY = "pay"
    CLAIMS = "claims"
    SOLD_OUT = "sold-out"
    EMPTY = "empty"
    CLOSED = "closed"
    OWED = "owed"
    CLOCK = "clock"
    NOT_SYNCED = "not-synced"
    STICK = "stick"
    PAIRING = "pairing"
    ANSWER = "answer"
    MIRROR = "mirror"
    FAULT = "fault"
    STOPPING = "stopping"
    GOODBYE = "goodbye"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: how fast the display may change, whether it stands at the stall, its room for two codes at once."""

    pace: Pace = Pace.LIGHT
    is_local: bool = True
    has_room: bool = False

    def may_see(self, page: Page) -> bool:
        """A slow display gets what stays true for minutes; a code that pairs a phone stays at the stall."""
        if self.pace is Pace.SLOW and page in _FLEETING:
            return False
        return self.is_local or page is not Page.PAIRING


_FLEETING = frozenset({Page.CLAIMS, Page.STICK, Page.PAIRING, Page.ANSWER})


@dataclass(frozen=True, slots=True)
class Turn:
    """A page; `place` says which one of several payments it is about."""

    page: Page
    place: int = 0


def waiting(status: Status) -> tuple[WaitingClaim, ...]:
    """The claims that are still to be shown, newest first."""
    living = [claim for claim in status.waiting if claim.until_ms > status.boottime_ms]
    return tuple(living[:SHOWN_CLAIMS])


def cannot_sell(status: Status) -> bool:
    """Whether a fault stops every sale; all others are a line at the foot of the page."""
    return any(fault.stops_sales for fault in status.faults)


def needs_clock(status: Status) -> bool:
    """Whether the box asks the stall owner for the time."""
    return any(fault.code in NEEDS_CLOCK for fault in status.faults)


def _lacks_mirror(status: Status) -> bool:
    mirror = status.scene.mirror
    return mirror is not None and mirror.state is MirrorState.MISSING


def _waits_for_mirror(status: Status) -> bool:
    mirror = status.scene.mirror
    return mirror is not None and mirror.is_sync and mirror.state is MirrorState.MISSING


def _invites(status: Status) -> bool:
    invitation = status.scene.invitation
    return invitation is not None and invitation.until_ms > status.boottime_ms


def _is_tested(status: Status) -> bool:
    until_ms = status.scene.tested_until_ms
    return until_ms is not None and until_ms > status.boottime_ms


def _stick(status: Status) -> Stick | None:
    stick = status.scene.stick
    return stick if stick is not None and (stick.until_ms is None or stick.until_ms > status.boottime_ms) else None


def is_about_stick(status: Status) -> bool:
    """Whether a stick is read or written, or says something for a while; what has no end only takes turns."""
    stick = _stick(status)
    return stick is not None and (stick.is_busy or stick.until_ms is not None)


Rule = tuple[Page, Callable[[Status], bool]]

# The first rule that holds takes the screen. A buyer who waits comes before everything but the end, and for some
# seconds the answer to whoever has just pressed a button.
INTERRUPTS: tuple[Rule, ...] = (
    (Page.GOODBYE, lambda status: status.scene.is_off),
    (Page.STOPPING, lambda status: status.scene.is_stopping),
    (Page.ANSWER, lambda status: status.scene.remark is not None),
    (Page.CLAIMS, lambda status: bool(waiting(status))),
    (Page.TEST, _is_tested),
    (Page.FAULT, cannot_sell),
    (Page.MIRROR, _waits_for_mirror),
    (Page.PAIRING, _invites),
    (Page.STICK, is_about_stick),
)

# The first rule that holds is what the stall is about; it takes turns with the way into its network, and with payments.
FRONTS: tuple[Rule, ...] = (
    (Page.CLOSED, lambda status: status.scene.is_closed),
    (Page.EMPTY, lambda status: not status.drops),
    (Page.SOLD_OUT, lambda status: all(drop.sold_out for drop in status.drops)),
    (Page.SHOP, lambda status: True),
)

# For the stall owner: now and then between the others, and whenever *next* is pressed.
REMINDERS: tuple[Rule, ...] = (
    (Page.MIRROR, _lacks_mirror),
    (Page.OWED, lambda status: status.owed > 0),
    (Page.CLOCK, needs_clock),
    (Page.NOT_SYNCED, lambda status: bool(status.unsynced.count) and status.unsynced.oldest_s >= LONG_UNSYNCED_S),
    (Page.STICK, lambda status: _stick(status) is not None),
)

# What *next* shows besides.
ON_REQUEST: tuple[Rule, ...] = ((Page.NOT_SYNCED, lambda status: status.unsynced.count > 0),)


def first(rules: tuple[Rule, ...], status: Status, viewer: Viewer) -> Page | None:
    """The page of the first rule that holds and that the viewer may see."""
    return next((page for page, holds in rules if viewer.may_see(page) and holds(status)), None)


def fronts(status: Status, viewer: Viewer) -> tuple[Turn, ...]:
    """The pages for buyers, in the order in which they take turns; at least one."""
    front = first(FRONTS, status, viewer) or Page.SHOP
    pays = tuple(Turn(Page.PAY, place) for place in range(len(status.pay)) if front is Page.SHOP)
    if status.join is None:
        return (Turn(front), *pays)
    if front is Page.SHOP and viewer.has_room:
        return (Turn(Page.BOTH), *pays)
    return (Turn(Page.JOIN), Turn(front), *pays)


def reminders(status: Status, viewer: Viewer) -> tuple[Turn, ...]:
    """The pages that the stall owner should see now and then."""
    return tuple(Turn(page) for page, holds in REMINDERS if viewer.may_see(page) and holds(status))


def on_request(status: Status, viewer: Viewer) -> tuple[Turn, ...]:
    """All pages that *next* goes through."""
    notes = reminders(status, viewer)
    others = [Turn(page) for page, holds in ON_REQUEST if holds(status) and Turn(page) not in notes]
    return (*fronts(status, viewer), *notes, *others)
