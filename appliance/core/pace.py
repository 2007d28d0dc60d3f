"""How fast a display may change, which decides what it is given to show, and how often."""

from __future__ import annotations

from enum import StrEnum


class Pace(StrEnum):
    LIGHT = "light"  # a monitor or a file: at once, as often as one likes
    INK = "ink"  # e-paper with partial refresh: half a second, and every change wears it
    SLOW = "slow"  # e-paper that takes many seconds: only pages that stay true for minutes

    @property
    def rest_s(self) -> float:
        """Seconds from one refresh to the next; changes between them are seen as one."""
        return _REST_S[self]


_REST_S = {Pace.LIGHT: 0.0, Pace.INK: 1.0, Pace.SLOW: 180.0}
