"""The clock as an interval: the truth is never outside it, and lo never falls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.clock import Clock, Quality, Stamp, starting

BOOT = "00000000-0000-4000-8000-000000000001"
SOURCES = st.lists(
    st.tuples(
        st.sampled_from(Quality),
        st.integers(0, 10**9),
        st.one_of(st.none(), st.integers(0, 1000)),
        st.integers(0, 10**6),
    ),
    max_size=12,
)


def test_starting() -> None:
    """After a start the floor has passed and nothing else is known; without a floor nothing at all."""
    assert starting(500, BOOT, 9_000).at(9_000) == Stamp(500, None, Quality.FLOOR, BOOT, 9_000)
    assert starting(0, BOOT, 9_000).at(10_000) == Stamp(1, None, Quality.NONE, BOOT, 10_000)


@pytest.mark.parametrize(
    ("later_ms", "lo", "hi"),
    [
        (0, 100, 110),
        (999, 100, 111),
        (1000, 101, 111),
        (1001, 101, 112),
        (3_600_000, 3700, 3711),
        (86_400_000, 86_500, 86_519),
    ],
)
def test_time_passes(later_ms: int, lo: int, hi: int) -> None:
    """lo moves with the machine's own seconds; hi also by 100 ppm, rounded up."""
    stamp = Clock(100, 110, Quality.NTP, BOOT, 5_000).at(5_000 + later_ms)
    assert (stamp.lo, stamp.hi) == (lo, hi)


def test_before_the_anchor() -> None:
    """A moment before the anchor counts as the anchor: lo does not fall."""
    assert Clock(100, 110, Quality.NTP, BOOT, 5_000).at(4_000).lo == 100


def test_told() -> None:
    """A source pushes lo, never back; hi is the newest of the best quality; a worse source says nothing of hi."""
    clock = starting(100, BOOT, 0)
    signed = clock.told(Quality.SIGNED, 500, None, 0)
    assert (signed.lo, signed.hi, signed.quality) == (500, None, Quality.SIGNED)
    synced = signed.told(Quality.NTP, 498, 502, 0)
    assert (synced.lo, synced.hi, synced.quality) == (500, 502, Quality.NTP)
    worse = synced.told(Quality.PHONE, 501, 900, 0)
    assert (worse.lo, worse.hi, worse.quality) == (501, 502, Quality.NTP)
    newer = synced.told(Quality.NTP, 600, 604, 0)
    assert (newer.lo, newer.hi) == (600, 604)


def test_contradiction() -> None:
    """Where a source's hi lies below what has certainly passed, the interval is that point and never empty."""
    clock = starting(500, BOOT, 0).told(Quality.NTP, 90, 95, 0)
    assert (clock.lo, clock.hi) == (500, 500)


@given(st.integers(0, 10**9), SOURCES)
def test_lo_never_falls(floor: int, sources: list[tuple[Quality, int, int | None, int]]) -> None:
    """Whatever sources say in whatever order, lo never falls, hi is never below lo, and quality never gets worse."""
    clock = starting(floor, BOOT, 0)
    now_ms = 0
    for quality, lo, width, pause_ms in sources:
        before = clock.at(now_ms)
        now_ms += pause_ms
        clock = clock.told(quality, lo, None if width is None else lo + width, now_ms)
        after = clock.at(now_ms)
        assert after.lo >= max(before.lo, lo)
        assert after.hi is None or after.hi >= after.lo
        assert after.quality.rank >= before.quality.rank


@given(st.integers(0, 10**6), st.integers(0, 100), st.integers(0, 10**9), st.integers(-100, 100))
def test_truth_stays_inside(true: int, error: int, later_ms: int, drift_ppm: int) -> None:
    """A clock that was told the truth holds it later, too, as long as the crystal is within 100 ppm."""
    clock = Clock(true - error, true + error, Quality.NTP, BOOT, 0)
    stamp = clock.at(later_ms)
    really_ms = later_ms * 1_000_000 // (1_000_000 + max(drift_ppm, 0))
    assert stamp.lo - later_ms * 100 // 10**9 - 1 <= true + really_ms // 1000
    assert stamp.hi is not None
    assert true + later_ms * (1_000_000 + max(-drift_ppm, 0)) // 10**9 <= stamp.hi


def test_forgetting() -> None:
    """A source that is lost takes its upper bound along; what has passed stays passed."""
    clock = Clock(100, 110, Quality.NTP, BOOT, 0).forgetting(Quality.FLOOR)
    assert (clock.lo, clock.hi, clock.quality) == (100, None, Quality.FLOOR)


def test_ranks() -> None:
    """Qualities are ranked from none to ntp."""
    assert sorted(Quality, key=lambda quality: quality.rank) == list(Quality)
    assert Quality.NONE.rank == 0
    assert Quality.NTP.rank == len(Quality) - 1


def test_as_json() -> None:
    """A leaf's time has five fields, a clock entry's interval three."""
    stamp = Stamp(5, None, Quality.RTC, BOOT, 7)
    assert stamp.as_json() == {"lo": 5, "hi": None, "quality": "rtc", "boot": BOOT, "boottime_ms": 7}
    assert stamp.interval() == {"lo": 5, "hi": None, "quality": "rtc"}
