"""A panel's wires without a panel: a clock that stands until somebody waits, and a BUSY that means it.

Stands in for what cannot be here, pins and SPI; the drivers that use them are their makers'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class Clock:
    """The `time` module's names that drivers use."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Controller:
    """What a display controller keeps of what it hears: the bytes after each command, and until when it is busy.

    `working` says how many seconds it works at a command. One that is `stuck` stays busy once it is.
    """

    clock: Clock
    working: dict[int, float]
    ram: dict[int, bytes] = field(default_factory=dict)
    heard: list[int] = field(default_factory=list)
    stuck: bool = False
    _busy_until: float = 0.0

    def command(self, code: int) -> None:
        self.heard.append(code)
        self.ram[code] = b""
        if code in self.working:
            self._busy_until = math.inf if self.stuck else self.clock.now + self.working[code]

    def data(self, values: bytes) -> None:
        self.ram[self.heard[-1]] += values

    def reset(self) -> None:
        """By its pin; a stuck one stays stuck."""
        self._busy_until = math.inf if self.stuck else self.clock.now + 0.05

    @property
    def busy_s(self) -> float:
        """For how long it will be busy, or would be if it were not released now."""
        if not self.stuck and math.isinf(self._busy_until):
            self._busy_until = 0.0
        return max(0.0, self._busy_until - self.clock.now)
