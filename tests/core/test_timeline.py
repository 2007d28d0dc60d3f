"""The timeline of one phone, and what is said where it stops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.probes import Apple, System
from appliance.core.timeline import MAX_WHAT, Step, Timeline, where_it_stopped

LONG = 3600.0


def line(*steps: Step) -> Timeline:
    timeline = Timeline()
    for step in steps:
        timeline = timeline.noted(step, 0.0)
    return timeline


@given(st.lists(st.tuples(st.sampled_from(Step), st.floats(0, 1e6), st.text())))
def test_it_stays_small(seen: list[tuple[Step, float, str]]) -> None:
    """However often and in whatever order steps are seen, each is kept once, in their order, with how often."""
    timeline = Timeline()
    for step, now, what in seen:
        timeline = timeline.noted(step, now, what)
    steps = [step for step, _ in timeline.steps]
    assert steps == [step for step in Step if step in {step for step, _, _ in seen}]
    assert timeline.furthest is (steps[-1] if steps else None)
    assert sum(moment.count for _, moment in timeline.steps) == len(seen)
    assert all(len(moment.what) <= MAX_WHAT for _, moment in timeline.steps)


def test_first_and_last() -> None:
    """A step remembers when it was first seen, when last, and the last word on it."""
    timeline = Timeline().noted(Step.PROBE, 1.0, "a").noted(Step.PROBE, 5.0, "b")
    (moment,) = timeline.moments.values()
    assert (moment.first_s, moment.last_s, moment.count, moment.what) == (1.0, 5.0, 2, "b")


@given(st.sampled_from(Step), st.none() | st.sampled_from(System), st.sampled_from(Apple))
def test_who_stops_is_helped(step: Step, system: System | None, apple: Apple) -> None:
    """A phone that stays at a step gets a cause and a fix; one that just took it, and one that is done, get none."""
    stop = where_it_stopped(line(step), system, LONG, apple)
    assert (stop is None) is (step is Step.DELIVERED)
    assert stop is None or (stop.cause.endswith(".") and stop.fix.endswith("."))
    assert where_it_stopped(line(step), system, 1.0, apple) is None
    assert where_it_stopped(Timeline(), system, LONG, apple) is None


@pytest.mark.parametrize(
    ("steps", "system", "apple", "said"),
    [
        ([Step.JOINED], None, Apple.QUIET, "no address"),
        ([Step.JOINED, Step.LEASE], None, Apple.QUIET, "VPN"),
        ([Step.LEASE, Step.DNS], System.ANDROID, Apple.QUIET, "Private DNS"),
        ([Step.DNS, Step.PROBE], System.ANDROID, Apple.QUIET, "sign-in notice"),
        ([Step.PROBE], System.APPLE, Apple.QUIET, "quietly"),
        ([Step.PROBE], System.APPLE, Apple.POPUP, "sheet"),
        ([Step.PROBE], None, Apple.POPUP, "opened no page"),
        ([Step.PROBE, Step.PAGE], System.ANDROID, Apple.QUIET, "not paid"),
        ([Step.PAGE, Step.PAID], System.ANDROID, Apple.QUIET, "sign-in window"),
        ([Step.PAGE, Step.PAID], System.APPLE, Apple.QUIET, "not whole"),
    ],
)
def test_causes(steps: list[Step], system: System | None, apple: Apple, said: str) -> None:
    """The likely cause depends on the step, the system and what the stall has set."""
    stop = where_it_stopped(line(*steps), system, LONG, apple)
    assert stop is not None
    assert said in stop.cause


def test_an_android_has_a_way_around_its_sign_in_window() -> None:
    """Where its sign-in window does not do, the fix names the menu that lets its browser use this Wi-Fi."""
    stop = where_it_stopped(line(Step.PAID), System.ANDROID, LONG, Apple.QUIET)
    assert stop is not None
    assert "⋮" in stop.fix
    assert "Use this network as is" in stop.fix


def test_asking_again_is_no_progress() -> None:
    """A phone that only repeats its probe is stuck; one that opens page after page is not."""
    asking = Timeline().noted(Step.PROBE, 0.0).noted(Step.PROBE, 99.0)
    assert where_it_stopped(asking, None, 100.0, Apple.QUIET) is not None
    reading = Timeline().noted(Step.PAGE, 0.0).noted(Step.PAGE, 999.0)
    assert where_it_stopped(reading, None, 1000.0, Apple.QUIET) is None
