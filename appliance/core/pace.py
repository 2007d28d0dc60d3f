"""How fast a display may change, which decides what it is given to show."""

from __future__ import annotations

from enum import StrEnum


class Pace(StrEnum):
    LIGHT = "light"  # a monitor or a file: at once, as often as one likes
    INK = "ink"  # e-paper with partial refresh: half a second, and every change wears it
    SLOW = "slow"  # e-paper that takes many seconds: only pages that stay true for minutes
