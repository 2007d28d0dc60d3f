"""How e-paper is refreshed so that it keeps no ghosts and wears little: when in full, when cleaned, when it sleeps.

Knows no panel and reads no clock. The numbers are the makers' advice: a refresh in full after a few partial ones and
once it has time, a clean of its whole face every day, no voltage on it while nothing changes (Waveshare's manuals).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

MAX_PARTIALS = 8
SLEEP_S = 30.0
IDLE_S = 180.0
CLEAN_S = 86_400.0


class Refresh(StrEnum):
    """A way to bring a picture on a panel."""

    PARTIAL = "partial"  # half a second, leaves ghosts
    FULL = "full"  # seconds, flickers
    CLEAN = "clean"  # white, black and white before the picture, each in full


@dataclass(frozen=True, slots=True)
class Ink:
    """What a panel has been through. A new one knows nothing of it. Times are seconds of one monotonic clock."""

    is_awake: bool = False  # its controller has power and knows the picture
    partials: int = 0  # since the last refresh in full
    refreshed_at: float | None = None
    cleaned_at: float | None = None

    def refresh(self) -> Refresh:
        """How the next picture comes on it; nobody waits for the first one, so that one may be a clean."""
        if self.cleaned_at is None:
            return Refresh.CLEAN
        if not self.is_awake or self.partials >= MAX_PARTIALS:
            return Refresh.FULL
        return Refresh.PARTIAL

    def upkeep(self, now: float) -> Refresh | None:
        """How the picture that is on it is to be refreshed, now that nothing has changed for a while; None: not yet."""
        if self.refreshed_at is None or now - self.refreshed_at < IDLE_S:
            return None
        if self.cleaned_at is None or now - self.cleaned_at >= CLEAN_S:
            return Refresh.CLEAN
        return Refresh.FULL if self.partials else None

    def may_sleep(self, now: float) -> bool:
        """Whether its controller is to be sent to sleep."""
        return self.is_awake and (self.refreshed_at is None or now - self.refreshed_at >= SLEEP_S)

    def after(self, refresh: Refresh, now: float) -> Ink:
        """Once a picture came on it."""
        return Ink(
            is_awake=True,
            partials=self.partials + 1 if refresh is Refresh.PARTIAL else 0,
            refreshed_at=now,
            cleaned_at=now if refresh is Refresh.CLEAN else self.cleaned_at,
        )

    def without_power(self) -> Ink:
        """Once its controller sleeps, or does not answer: it forgets the picture, which stays to be seen."""
        return replace(self, is_awake=False)
