"""What goes on around the sale just now: a stick, a phone to be paired, the page that was asked for, displays.

None of it is in the ledger and none of it outlives the daemon. Tasks change it on the board; screens, lamps and pages
show it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

KEPT_MS = 30_000  # how long a page stays that was asked for


class StickDoing(StrEnum):
    """What a stick that is in, or was until just now, is about."""

    READING = "reading"
    WRITING = "writing"
    REFUSED = "refused"  # what it holds, because of `text`
    FAILED = "failed"  # it was pulled out too early, or is broken: `text` says what to do
    SAFE = "safe"  # to remove
    NOTHING = "nothing"  # on it for this box


@dataclass(frozen=True, slots=True)
class Stick:
    """`done` of `total` bytes, where that is known; `text` is a sentence for the stall owner."""

    doing: StickDoing
    text: str = ""
    done: int = 0
    total: int = 0
    until_ms: int | None = None  # CLOCK_BOOTTIME at which it leaves the screen; None: when something else is true

    @property
    def is_busy(self) -> bool:
        """Whether it must stay in now."""
        return self.doing in {StickDoing.READING, StickDoing.WRITING}


@dataclass(frozen=True, slots=True)
class Invitation:
    """A phone may be paired by this code, until CLOCK_BOOTTIME `until_ms`. Local displays alone may show it."""

    url: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Turned:
    """How often *next* was pressed in a row, and at which CLOCK_BOOTTIME the last and the first time."""

    presses: int = 0
    at_ms: int = 0
    since_ms: int = 0

    @property
    def until_ms(self) -> int:
        """Until when the page that was asked for stays."""
        return self.at_ms + KEPT_MS if self.presses else 0

    def again(self, now_ms: int) -> Turned:
        """*next* is pressed at CLOCK_BOOTTIME `now_ms`; a new row begins where the last one's page has gone."""
        if now_ms < self.until_ms:
            return Turned(self.presses + 1, now_ms, self.since_ms)
        return Turned(1, now_ms, now_ms)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a press of a button came to, in a sentence for whoever pressed it; on the screen for some seconds."""

    text: str
    is_refusal: bool
    at_ms: int  # CLOCK_BOOTTIME: the same twice is two remarks


class MirrorState(StrEnum):
    """How the mirror stick stands."""

    KEPT = "kept"  # has all that was sold
    BEHIND = "behind"  # is there, and is being brought up
    MISSING = "missing"
    WITHOUT = "without"  # missing, and the stall owner said to go on


@dataclass(frozen=True, slots=True)
class Mirror:
    """The mirror stick of this box. `is_sync`: a sale is told only once the stick has it."""

    state: MirrorState
    is_sync: bool
    behind: int = 0  # entries that it lacks


@dataclass(frozen=True, slots=True)
class Starting:
    """The step of the start that goes on, with how many of how many are behind it."""

    step: str  # "Checking the ledger"
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class DisplayHealth:
    """One display: its kind as in the settings, and what is wrong with it."""

    kind: str
    fault: str | None = None

    def answer(self) -> dict[str, object]:
        """As the API and commands print it."""
        return {"kind": self.kind, "fault": self.fault}


class SyncDoing(StrEnum):
    """How it stands with the collector."""

    SENDING = "sending"
    DONE = "done"  # the last try brought everything over
    WAITING = "waiting"  # for the next try, because of `text`


@dataclass(frozen=True, slots=True)
class Sync:
    """The last word of the collector's line; `text` is a sentence for the stall owner."""

    doing: SyncDoing
    text: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    starting: Starting | None = None
    turned: Turned = field(default_factory=Turned)
    remark: Remark | None = None
    stick: Stick | None = None
    invitation: Invitation | None = None
    mirror: Mirror | None = None
    sync: Sync | None = None  # None: no try was made yet
    tested_until_ms: int | None = None  # CLOCK_BOOTTIME until which displays show the test picture
    is_closed: bool = False  # the day was closed, and nothing sold since
    is_stopping: bool = False  # downloads get their last seconds, then the box goes off
    is_off: bool = False  # all is saved: power may go
    displays: tuple[DisplayHealth, ...] = ()
    announced: str | None = None  # the name under which the network finds the box, which another box may have taken

    @property
    def is_sending(self) -> bool:
        """Whether the log is on its way to the collector."""
        return self.sync is not None and self.sync.doing is SyncDoing.SENDING
