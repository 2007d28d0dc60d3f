"""The funnel of a day: who is counted where, and the stretches between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.core.funnel import Spread, funnel
from appliance.core.probes import System
from appliance.core.timeline import Step, Timeline

WHOLE = {Step.JOINED: 0.0, Step.PROBE: 4.0, Step.PAGE: 10.0, Step.PAID: 40.0, Step.DELIVERED: 55.0}


def line(**at: float) -> Timeline:
    """A timeline with these steps at these seconds."""
    return timeline({Step(name): seconds for name, seconds in at.items()})


def timeline(at: dict[Step, float]) -> Timeline:
    made = Timeline()
    for step, seconds in at.items():
        made = made.noted(step, seconds)
    return made


def test_nobody() -> None:
    """Without phones all counts are 0 and no stretch is known; a stay in which nothing was seen is no phone."""
    empty = funnel([(System.APPLE, Timeline())])
    assert empty.by_system == ()
    assert empty.answer()["all"] == {
        **{"joined": 0, "page": 0, "paid": 0, "files": 0},
        **{"to_page_s": None, "to_paid_s": None, "to_files_s": None},
    }


def test_one_whole_way() -> None:
    """From the first sign of the phone to a page, from there to its claim, from there to the last byte."""
    way = funnel([(System.ANDROID, timeline(WHOLE))]).all
    assert (way.joined, way.page, way.paid, way.files) == (1, 1, 1, 1)
    assert (way.to_page, way.to_paid, way.to_files) == (Spread(10, 10), Spread(30, 30), Spread(15, 15))


def test_straight_to_the_claim() -> None:
    """Who scans the claim's code at once counts as having been on a page, and lengthens no stretch to it."""
    way = funnel([(None, line(joined=5, paid=9))]).all
    assert (way.joined, way.page, way.paid, way.files) == (1, 1, 1, 0)
    assert (way.to_page, way.to_paid) == (None, None)


def test_against_the_order() -> None:
    """Who looks at the shop after its claim has no stretch from the shop to the claim."""
    assert funnel([(None, line(paid=9, page=20))]).all.to_paid is None


def test_by_system() -> None:
    """The most frequent system comes first, the unknown ones last; half and nine tenths are of that system alone."""
    stays = [(System.APPLE, line(joined=0, page=n)) for n in (3, 5, 60)]
    stays += [(System.ANDROID, line(joined=0, page=100))]
    stays += [(None, line(dns=0))] * 4
    found = funnel(stays)
    assert [system for system, _ in found.by_system] == [System.APPLE, System.ANDROID, None]
    assert found.by_system[0][1].to_page == Spread(5, 60)
    assert found.all.to_page == Spread(32, 100)
    assert found.answer()["by_system"][0]["system"] == "apple"  # type: ignore[index]


steps = st.dictionaries(st.sampled_from(Step), st.floats(0, 1e5), min_size=1)


@given(st.lists(st.tuples(st.sampled_from([None, *System]), steps.map(timeline))))
def test_it_narrows(stays: list[tuple[System | None, Timeline]]) -> None:
    """No stretch of the way has more phones than the one before, systems add up to all, and half is never slower."""
    found = funnel(stays)
    for way in (found.all, *(way for _, way in found.by_system)):
        assert way.joined >= way.page >= way.paid >= way.files
        for spread in filter(None, (way.to_page, way.to_paid, way.to_files)):
            assert 0 <= spread.median_s <= spread.p90_s
    assert found.all.joined == sum(way.joined for _, way in found.by_system) == len(stays)
