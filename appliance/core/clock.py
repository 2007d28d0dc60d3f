"""Time as an interval: what the box is sure has passed (lo), what cannot have come yet (hi), and how it knows.

FORMATS §3 (qualities, hi). Decides; never reads a clock: CLOCK_BOOTTIME, boot id and what sources say are arguments.
Expired means lo ≥ the end. Order is the ledger's sequence and never this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

DRIFT_PPM = 100


class Quality(StrEnum):
    """What an interval rests on, worst first."""

    NONE = "none"
    FLOOR = "floor"
    SIGNED = "signed"
    PHONE = "phone"
    RTC = "rtc"
    COSIGNED = "cosigned"
    NTP = "ntp"

    @property
    def rank(self) -> int:
        return list(Quality).index(self)


@dataclass(frozen=True, slots=True)
class Stamp:
    """One moment as the box can tell it. Unix seconds; `hi` None: no upper bound is known."""

    lo: int
    hi: int | None
    quality: Quality
    boot: str  # the kernel's boot id, a UUID
    boottime_ms: int  # CLOCK_BOOTTIME

    def as_json(self) -> dict[str, object]:
        """The `time` of a ledger leaf (FORMATS §5)."""
        return self.interval() | {"boot": self.boot, "boottime_ms": self.boottime_ms}

    def interval(self) -> dict[str, object]:
        """The interval and its quality alone, as a `clock` entry holds them."""
        return {"lo": self.lo, "hi": self.hi, "quality": self.quality.value}


@dataclass(frozen=True, slots=True)
class Clock:
    """The best interval known, anchored at a moment of CLOCK_BOOTTIME within one boot."""

    lo: int
    hi: int | None
    quality: Quality
    boot: str
    anchor_ms: int

    def at(self, boottime_ms: int) -> Stamp:
        """The interval at that moment: lo moves with CLOCK_BOOTTIME, hi also by the drift of a cheap crystal."""
        elapsed_ms = max(0, boottime_ms - self.anchor_ms)
        drift_ms = elapsed_ms * DRIFT_PPM // 1_000_000
        hi = None if self.hi is None else self.hi - (-(elapsed_ms + drift_ms) // 1000)
        return Stamp(self.lo + elapsed_ms // 1000, hi, self.quality, self.boot, boottime_ms)

    def told(self, quality: Quality, lo: int, hi: int | None, boottime_ms: int) -> Clock:
        """The clock after a source has spoken: lo never falls; hi is the newest of the best quality heard."""
        now = self.at(boottime_ms)
        lo = max(now.lo, lo)
        if hi is None or quality.rank < now.quality.rank:
            better = max(now.quality, quality, key=lambda q: q.rank)
            return Clock(lo, _not_below(now.hi, lo), better, self.boot, boottime_ms)
        return Clock(lo, _not_below(hi, lo), quality, self.boot, boottime_ms)

    def forgetting(self, quality: Quality) -> Clock:
        """The clock without what a source said of hi: it may drift from now on, but is no longer of that quality."""
        return replace(self, quality=quality, hi=None)


def _not_below(hi: int | None, lo: int) -> int | None:
    return None if hi is None else max(hi, lo)


def starting(floor: int, boot: str, boottime_ms: int) -> Clock:
    """After a start all that is known is that the persisted floor has passed."""
    return Clock(floor, None, Quality.FLOOR if floor else Quality.NONE, boot, boottime_ms)
