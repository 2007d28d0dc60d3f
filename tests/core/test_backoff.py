"""Pauses between tries: they grow, they end, and no two boxes keep the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.core.backoff import Backoff

BACKOFF = Backoff(first=5.0, longest=600.0)


def test_doubles_up_to_the_longest() -> None:
    """Each pause is twice the last one, up to the longest."""
    assert [BACKOFF.pause(failures, 0) for failures in (1, 2, 3, 7, 8, 9, 1000)] == [5, 10, 20, 320, 600, 600, 600]


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_jitter(failures: int, chance: float) -> None:
    """Chance takes up to half of a pause away, and nothing more."""
    whole = BACKOFF.pause(failures, 0)
    assert whole / 2 <= BACKOFF.pause(failures, chance) <= whole <= 600
