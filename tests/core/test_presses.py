"""Presses and holds out of edges, whatever bounces and whatever is lost."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from appliance.core.presses import DOUBT_MS, LOOK_MS, SETTLE_MS, Edge, Finger, Gesture

HOLD_MS = 2000
PRESS, HOLD = Gesture.PRESS, Gesture.HOLD


@dataclass
class Hand:
    """A finger with the service's manners: between edges it is looked at whenever it is due. `level`: of the pin."""

    finger: Finger = field(default_factory=lambda: Finger.resting(HOLD_MS, False, 0))
    level: bool = False
    now_ms: int = 0
    meant: list[tuple[Gesture, int]] = field(default_factory=list)

    def wait(self, until_ms: int) -> None:
        while (due := self.finger.due_ms(self.now_ms)) is not None and due <= until_ms:
            self.now_ms = max(due, self.now_ms)
            self._take(self.finger.look(self.level, self.now_ms))
        self.now_ms = until_ms

    def move(self, is_down: bool, after_ms: int, *, lost: bool = False) -> None:
        """The pin changes, `after_ms` later; its edge is heard unless it is lost."""
        self.wait(self.now_ms + after_ms)
        self.level = is_down
        if not lost:
            self._take(self.finger.edge(Edge(is_down, self.now_ms)))

    def press(self, for_ms: int, after_ms: int = 100) -> None:
        self.move(True, after_ms)
        self.move(False, for_ms)

    def rest(self) -> list[Gesture]:
        """Lets everything settle; what was meant so far."""
        self.wait(self.now_ms + 2 * (LOOK_MS + DOUBT_MS + SETTLE_MS))
        return [gesture for gesture, _ in self.meant]

    def _take(self, step: tuple[Finger, Gesture | None]) -> None:
        self.finger, gesture = step
        if gesture:
            self.meant.append((gesture, self.now_ms))


def test_press_is_meant_when_it_is_let_go() -> None:
    """A tap means a press, once its end has settled; nothing before."""
    hand = Hand()
    hand.move(True, 100)
    hand.wait(500)
    assert hand.meant == []
    hand.move(False, 0)
    assert hand.rest() == [PRESS]
    assert hand.meant == [(PRESS, 500 + SETTLE_MS)]


def test_hold_is_meant_while_it_is_down() -> None:
    """A hold fires once, at its time, and letting go then means nothing more."""
    hand = Hand()
    hand.move(True, 100)
    hand.wait(10_000)
    assert hand.meant == [(HOLD, 100 + HOLD_MS)]
    hand.move(False, 0)
    assert hand.rest() == [HOLD]


def test_hold_of_a_box_that_was_busy() -> None:
    """Nobody looked for three seconds: the edges alone tell a hold from a press."""
    for length, gesture in ((HOLD_MS - 1, PRESS), (HOLD_MS, HOLD)):
        finger = Finger.resting(HOLD_MS, False, 0)
        finger, _ = finger.edge(Edge(True, 100))
        finger, _ = finger.edge(Edge(False, 100 + length))
        finger, meant = finger.look(False, 5000)
        assert meant is gesture
        assert finger.due_ms(5000) is None


def test_stuck_from_the_beginning() -> None:
    """A button that is down when the box starts means nothing, however long; let go, it works."""
    hand = Hand(Finger.resting(HOLD_MS, True, 0), level=True)
    hand.wait(60_000)
    hand.move(False, 0)
    assert hand.rest() == []
    hand.press(80)
    assert hand.rest() == [PRESS]


def test_spark() -> None:
    """A pulse shorter than any finger, as a long wire picks up, means nothing."""
    hand = Hand()
    hand.press(SETTLE_MS - 1)
    assert hand.rest() == []


bounces = st.lists(st.integers(0, SETTLE_MS - 1), max_size=8).map(lambda gaps: gaps[: len(gaps) // 2 * 2])


@given(st.lists(st.tuples(bounces, bounces, st.integers(SETTLE_MS, 2 * HOLD_MS)), max_size=5))
def test_bounces(presses: list[tuple[list[int], list[int], int]]) -> None:
    """However each touch and each release bounces, every press means one thing, and the right one."""
    hand, wanted = Hand(), []
    for touching, leaving, length in presses:
        hand.move(True, 100)
        _bounce(hand, touching)
        began = hand.now_ms
        _bounce(hand, [length, *leaving])
        wanted.append(HOLD if hand.now_ms - began >= HOLD_MS else PRESS)
        hand.wait(hand.now_ms + SETTLE_MS)
    assert hand.rest() == wanted


def _bounce(hand: Hand, gaps: list[int]) -> None:
    for gap in gaps:
        hand.move(not hand.level, gap)


moves = st.lists(st.tuples(st.booleans(), st.integers(0, 3 * HOLD_MS), st.booleans()), max_size=30)


@given(moves)
def test_lost_edges(history: list[tuple[bool, int, bool]]) -> None:
    """Whatever edges were lost before: let go of for a moment, the next press means a press, and it rests again."""
    hand = Hand()
    for is_down, after_ms, lost in history:
        hand.move(is_down, after_ms, lost=lost)
    hand.move(False, 0, lost=True)
    hand.rest()
    hand.meant.clear()
    hand.press(80, after_ms=1000)
    assert hand.rest() == [PRESS]
    assert hand.finger.due_ms(hand.now_ms) is None


@given(moves)
def test_nobody_pressed_nothing_is_meant(history: list[tuple[bool, int, bool]]) -> None:
    """Never more gestures than times that the pin really went down: lost edges invent nothing."""
    hand, touches = Hand(), 0
    for is_down, after_ms, lost in history:
        touches += is_down and not hand.level
        hand.move(is_down, after_ms, lost=lost)
    assert len(hand.rest()) <= touches


def test_release_that_was_lost() -> None:
    """The end of a press that nobody heard: it means nothing, and above all no hold."""
    hand = Hand()
    hand.move(True, 100)
    hand.move(False, 80, lost=True)
    hand.wait(10_000)
    assert hand.rest() == []


def test_edge_that_is_late() -> None:
    """Looks that are quicker than their edge take nothing from a press."""
    finger, _ = Finger.resting(HOLD_MS, False, 0).edge(Edge(True, 100))
    finger, _ = finger.look(True, 200)
    for at_ms in (401, 401 + DOUBT_MS - 1):
        finger, _ = finger.look(False, at_ms)
        assert finger.due_ms(at_ms) == 401 + DOUBT_MS
    finger, _ = finger.edge(Edge(False, 400))
    finger, meant = finger.look(False, 460)
    assert meant is PRESS
