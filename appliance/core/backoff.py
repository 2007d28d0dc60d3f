"""How long to wait before the next try: longer each time, up to an end, and never in step with other boxes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Capped exponential back-off with jitter; seconds."""

    first: float
    longest: float

    def pause(self, failures: int, chance: float) -> float:
        """After so many failures in a row (from 1); `chance`, from 0 to 1, takes up to half of it away."""
        whole = min(self.longest, self.first * float(1 << min(failures - 1, 32)))
        return whole * (1 - chance / 2)
