"""What a finger meant: the edges of one button's pin in, presses and holds out. No clock: every call says its time.

A level counts once it has lasted `SETTLE_MS`, so that bounces never make two presses. Edges may be lost: whoever looks
at the pin whenever `due_ms` says heals that, and what cannot be known does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

SETTLE_MS = 25  # good switches bounce for 5 ms, bad ones for 20; the shortest tap of a hand lasts 50
LOOK_MS = 250  # from one look to the next while a button is down
DOUBT_MS = 50  # an edge that is under way has come by then


class Gesture(StrEnum):
    PRESS = "press"  # let go of before the time to hold
    HOLD = "hold"  # once, as soon as it was down for that long


@dataclass(frozen=True, slots=True)
class Edge:
    """The pin changed: CLOCK_BOOTTIME in milliseconds."""

    is_down: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class Finger:
    """One button as its edges tell. Begin with `resting`; every step gives the next and what was meant, if anything."""

    hold_ms: int
    is_down: bool  # by the last edge, settled or not
    since_ms: int
    down_ms: int | None = None  # when it was pressed, once that has settled; None when it is up
    is_spent: bool = False  # this press has meant what it had to mean
    doubted_ms: int | None = None  # since when looks see another level than the edges tell

    @classmethod
    def resting(cls, hold_ms: int, is_down: bool, at_ms: int) -> Finger:
        """At the beginning. One that is down then is stuck, or short-circuited: it means nothing until it was up."""
        return cls(hold_ms, is_down, at_ms, at_ms if is_down else None, is_spent=is_down)

    def edge(self, edge: Edge) -> tuple[Finger, Gesture | None]:
        """After an edge. Edges come in their order; an edge may come late."""
        at_ms = max(edge.at_ms, self.since_ms)
        finger, meant = self._settled(at_ms)
        if edge.is_down != finger.is_down:
            finger = replace(finger, is_down=edge.is_down, since_ms=at_ms)
        return replace(finger, doubted_ms=None), meant

    def look(self, is_down: bool, at_ms: int) -> tuple[Finger, Gesture | None]:
        """After a look at the pin itself. One that says otherwise than the edges is believed after `DOUBT_MS`."""
        if is_down != self.is_down:
            return self._doubted(is_down, at_ms), None
        finger, meant = replace(self, doubted_ms=None)._settled(at_ms)
        if finger._is_held_at(at_ms):
            return replace(finger, is_spent=True), Gesture.HOLD
        return finger, meant

    def due_ms(self, at_ms: int) -> int | None:
        """When to look next, as of now; None while nobody touches it."""
        if self.doubted_ms is not None:
            return self.doubted_ms + DOUBT_MS
        is_settled = self.is_down is (self.down_ms is not None)
        if not is_settled:
            return self.since_ms + SETTLE_MS
        if self.down_ms is None:
            return None
        hold = at_ms + LOOK_MS if self.is_spent else self.down_ms + self.hold_ms
        return min(hold, at_ms + LOOK_MS)

    def _settled(self, at_ms: int) -> tuple[Finger, Gesture | None]:
        """With the level of the last edge taken for true, if it has lasted until now."""
        if self.is_down is (self.down_ms is not None) or at_ms - self.since_ms < SETTLE_MS:
            return self, None
        if self.down_ms is None:
            return replace(self, down_ms=self.since_ms, is_spent=False), None
        meant = Gesture.HOLD if self.since_ms - self.down_ms >= self.hold_ms else Gesture.PRESS
        return replace(self, down_ms=None), None if self.is_spent else meant

    def _is_held_at(self, at_ms: int) -> bool:
        return self.is_down and self.down_ms is not None and not self.is_spent and at_ms - self.down_ms >= self.hold_ms

    def _doubted(self, is_down: bool, at_ms: int) -> Finger:
        """An edge is under way, or was lost: then nobody knows when it was let go, and it meant nothing."""
        if self.doubted_ms is None:
            return replace(self, doubted_ms=at_ms)
        if at_ms - self.doubted_ms < DOUBT_MS:
            return self
        return Finger(self.hold_ms, is_down, at_ms)
