"""The rules of e-paper: which refresh comes next, what is done while nothing changes, and when the panel sleeps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.ink import CLEAN_S, IDLE_S, MAX_PARTIALS, SLEEP_S, Ink, Refresh

CLEANED = Ink(cleaned_at=0.0)
AWAKE = CLEANED.after(Refresh.FULL, 0.0)


def worn(partials: int, at: float = 0.0) -> Ink:
    return Ink(is_awake=True, partials=partials, refreshed_at=at, cleaned_at=0.0)


@pytest.mark.parametrize(
    ("ink", "refresh"),
    [
        (Ink(), Refresh.CLEAN),
        (CLEANED, Refresh.FULL),
        (AWAKE, Refresh.PARTIAL),
        (worn(MAX_PARTIALS - 1), Refresh.PARTIAL),
        (worn(MAX_PARTIALS), Refresh.FULL),
        (AWAKE.without_power(), Refresh.FULL),
    ],
    ids=["new", "cleaned since the machine started", "awake", "seven partials", "eight partials", "asleep"],
)
def test_how_the_next_picture_comes(ink: Ink, refresh: Refresh) -> None:
    """In full whenever the controller may not know the old picture, and after eight partial refreshes."""
    assert ink.refresh() is refresh


@pytest.mark.parametrize(
    ("ink", "now", "refresh"),
    [
        (Ink(), 1e6, None),
        (worn(1), IDLE_S - 1, None),
        (worn(1), IDLE_S, Refresh.FULL),
        (worn(1).without_power(), IDLE_S, Refresh.FULL),
        (worn(0), IDLE_S, None),
        (worn(0, CLEAN_S - 1), CLEAN_S, None),
        (worn(0), CLEAN_S, Refresh.CLEAN),
        (worn(3, CLEAN_S), CLEAN_S + IDLE_S, Refresh.CLEAN),
    ],
)
def test_what_is_done_while_nothing_changes(ink: Ink, now: float, refresh: Refresh | None) -> None:
    """After three minutes ghosts go by a refresh in full, and once a day by a clean; else nothing happens."""
    assert ink.upkeep(now) is refresh


@pytest.mark.parametrize(
    ("ink", "now", "may"),
    [(AWAKE, SLEEP_S - 1, False), (AWAKE, SLEEP_S, True), (CLEANED, SLEEP_S, False)],
)
def test_when_it_sleeps(ink: Ink, now: float, may: bool) -> None:
    """Thirty seconds after the last refresh; a controller that sleeps is left alone."""
    assert ink.may_sleep(now) is may


@given(st.lists(st.tuples(st.floats(0, 400), st.sampled_from(["show", "idle"])), max_size=60))
def test_no_more_than_eight_partial_refreshes_in_a_row(steps: list[tuple[float, str]]) -> None:
    """Whatever happens when: never nine partial refreshes follow each other, and none a controller that slept."""
    ink, now, row, knows = Ink(), 0.0, 0, False
    for wait, step in steps:
        now += wait
        refresh = ink.refresh() if step == "show" else ink.upkeep(now)
        if refresh is None:
            if ink.may_sleep(now):
                ink, knows = ink.without_power(), False
            continue
        assert knows or refresh is not Refresh.PARTIAL
        row, knows = (row + 1 if refresh is Refresh.PARTIAL else 0), True
        assert row <= MAX_PARTIALS
        ink = ink.after(refresh, now)
