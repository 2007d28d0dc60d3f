"""What a box says of itself at one moment. Screens draw it, the API prints it, pages show it; it is not made here."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.core.health import Health
from appliance.core.scene import Scene
from appliance.core.time_sources import Doubt

_STOPS_SALES = frozenset({"store", "not-ready", "settings", "key-file", "adopted"})


@dataclass(frozen=True, slots=True)
class DropStatus:
    """One drop on this box. For an open edition `size`, `left` are null and `allotted`, `blocked` are 0."""

    drop: str  # drop id
    slug: str
    title: str
    creator: str
    edition: str  # "numbered" or "open"
    size: int | None
    allotted: int
    sold: int
    burnt: int
    blocked: int
    left: int | None
    currency: str
    amount: int  # of the first price option, minor units
    cover: str | None  # digest of the re-encoded cover on the shelf

    @property
    def sold_out(self) -> bool:
        return self.left == 0


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """A sale whose buyer has not opened the claim yet."""

    sale: str  # reference
    title: str
    number: int | None
    of: int | None
    url: str
    pickup: str | None
    until_ms: int  # CLOCK_BOOTTIME at which it leaves the screen
    since_ms: int = 0  # CLOCK_BOOTTIME at which it came


@dataclass(frozen=True, slots=True)
class ClockStatus:
    """The interval of the box's clock, Unix seconds, and what it rests on."""

    lo: int
    hi: int | None
    quality: str


@dataclass(frozen=True, slots=True)
class BatteryClock:
    """The battery clock, and why it is not believed; None: it is."""

    kind: str  # for people: "DS3231"
    doubt: Doubt | None


@dataclass(frozen=True, slots=True)
class Papers:
    """The trust document, and when the first of the papers on this box expires, Unix seconds."""

    trust: int  # version
    expires: int


@dataclass(frozen=True, slots=True)
class Unsynced:
    """Ledger entries that the collector has not acknowledged."""

    count: int
    oldest_s: int


@dataclass(frozen=True, slots=True)
class Case:
    """What the collector holds against entries of this box: the case's name there, why, and how many entries."""

    name: str | None
    reason: str | None
    entries: int


@dataclass(frozen=True, slots=True)
class Seats:
    """Phones that are associated with the box's own radio, and how many it takes; None where that is not known."""

    taken: int
    of: int | None


@dataclass(frozen=True, slots=True)
class Join:
    """The hotspot as phones join it: its name, and what the join code says."""

    ssid: str
    text: str


@dataclass(frozen=True, slots=True)
class PayLink:
    """Where a price option can be paid on the web: what a small panel's code says (FORMATS §3)."""

    slug: str
    title: str
    price_title: str
    amount: int  # minor units
    currency: str
    url: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that the stall owner should know: a code and one sentence that says what to do."""

    code: str
    text: str

    @property
    def stops_sales(self) -> bool:
        """Whether the box cannot record a sale with it."""
        return self.code in _STOPS_SALES


def fault_beside(code: str, text: str) -> Fault:
    """What went wrong beside the sale, which goes on: a disk that is not the ledger's also says `store`."""
    return Fault("device" if code in _STOPS_SALES else code, text)


@dataclass(frozen=True, slots=True)
class Status:
    box: str  # box id
    name: str  # "Stall 7"
    incarnation: int
    size: int
    root: str  # hex
    clock: ClockStatus
    drops: tuple[DropStatus, ...]
    unsynced: Unsynced
    faults: tuple[Fault, ...]
    waiting: tuple[WaitingClaim, ...]  # newest first
    shop_url: str  # upper case, for the QR
    boottime_ms: int  # when this was true
    owed: int = 0  # payments that got no copy yet
    seats: Seats | None = None  # None: the radio is not the box's own, or nobody has looked yet
    buttons: tuple[str, ...] = ()  # those that can be pressed
    join: Join | None = None  # None: the box makes no network
    pay: tuple[PayLink, ...] = ()
    papers: Papers | None = None  # None: no trust document holds
    battery: BatteryClock | None = None
    health: Health | None = None  # of the machine
    cases: tuple[Case, ...] = ()
    scene: Scene = field(default_factory=Scene)
