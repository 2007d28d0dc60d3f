"""How fast this Wi-Fi delivers: an estimate from what phones have taken, and how long something will take them.

Knows bytes and seconds, no clock and no phones. A share, not a promise: phones come and go.
"""

from __future__ import annotations

import math

FIRST = 3_000_000
"""Bytes per second of a Pi's own 2.4 GHz radio, for all phones together, until something was measured."""

_LEAST_BYTES = 256 * 1024  # less is the kernel's store and not the radio
_LEAST_S = 0.05
_WEIGHT = 0.3  # of the newest sample


class Speed:
    """What all phones together get. `sample` what one of them got while `phones` were served."""

    def __init__(self, bytes_per_s: float = FIRST) -> None:
        self._bytes_per_s = bytes_per_s

    def sample(self, count: int, seconds: float, phones: int) -> None:
        """`count` bytes that one phone took in `seconds` once it was full; too few say nothing."""
        if count >= _LEAST_BYTES and seconds >= _LEAST_S:
            self._bytes_per_s += _WEIGHT * (count / seconds * max(1, phones) - self._bytes_per_s)

    def seconds(self, count: int, phones: int) -> int:
        """How long `count` bytes take one of `phones` that share the radio, at least 1."""
        return max(1, math.ceil(count * max(1, phones) / self._bytes_per_s))
