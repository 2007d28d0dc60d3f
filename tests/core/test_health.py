"""When the machine's state is worth the owner's time, and that it does not come and go."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.health import TEXTS, UNDERVOLTAGE_MS, Disk, Health, Reading, Trouble, judged

RESERVE = 256 << 20
WELL = Reading(False, 50.0, Disk(free=RESERVE * 4, reserve=RESERVE))


def after(*readings: Reading, step_ms: int = 30_000) -> Health:
    health = None
    for turn, reading in enumerate(readings):
        health = judged(health, reading, 1_000 + turn * step_ms)
    assert health is not None
    return health


def warm(celsius: float) -> Reading:
    return replace(WELL, celsius=celsius)


def with_disk(**facts: object) -> Reading:
    return replace(WELL, disk=replace(WELL.disk, **facts))  # type: ignore[arg-type]


def left(share: float) -> Reading:
    return with_disk(free=int(RESERVE * share))


@pytest.mark.parametrize(
    ("readings", "codes"),
    [
        ([WELL], []),
        ([warm(74.9)], []),
        ([warm(75.0)], ["warm"]),
        ([warm(75.0), warm(71.0)], ["warm"]),
        ([warm(75.0), warm(69.9)], []),
        ([warm(80.0)], ["hot"]),
        ([warm(80.0), warm(75.5)], ["hot"]),
        ([warm(80.0), warm(74.0)], ["warm"]),
        ([warm(80.0), warm(60.0)], []),
        ([left(0.9)], []),
        ([left(0.49)], ["disk-low"]),
        ([left(0.49), left(0.7)], ["disk-low"]),
        ([left(0.49), left(0.76)], []),
        ([with_disk(is_read_only=True)], ["disk-read-only"]),
        ([with_disk(errors=0)], []),
        ([with_disk(errors=3)], ["disk-errors"]),
        ([with_disk(life_tenths=9, reserve_state=1)], []),
        ([with_disk(life_tenths=10)], ["disk-worn"]),
        ([with_disk(reserve_state=2)], ["disk-worn"]),
        ([replace(WELL, is_undervolted=True)], ["undervoltage"]),
        ([replace(WELL, is_undervolted=True), WELL], ["undervoltage"]),
        ([replace(WELL, is_undervolted=None, celsius=None)], []),
    ],
)
def test_faults(readings: list[Reading], codes: list[str]) -> None:
    """From which value on something is said, and from which on it is over; what is not measured is not judged."""
    assert after(*readings).shown == tuple(codes)


def test_a_dip_is_shown_for_a_while() -> None:
    """A dip of the voltage lasts a moment; it is shown until none was seen for ten minutes."""
    dip = judged(None, replace(WELL, is_undervolted=True), 1_000)
    assert judged(dip, WELL, 1_000 + UNDERVOLTAGE_MS - 1).troubles == {Trouble.UNDERVOLTAGE}
    assert not judged(dip, WELL, 1_000 + UNDERVOLTAGE_MS).troubles


@given(st.lists(st.floats(20, 100), min_size=1))
def test_never_both(temperatures: list[float]) -> None:
    """Warm and hot are never said at once, and whoever is below 70 °C hears neither."""
    health = after(*map(warm, temperatures))
    assert len(health.shown) <= 1
    assert temperatures[-1] >= 70 or not health.shown


def test_every_trouble_says_what_to_do() -> None:
    """Each has its sentences for the stall owner, without a number, which would be drawn anew at every look."""
    worst = Reading(True, 90.0, Disk(free=0, reserve=RESERVE, is_read_only=True, errors=1, life_tenths=11))
    assert set(after(worst).shown) == set(Trouble) - {Trouble.WARM}
    for trouble in Trouble:
        assert ". " in TEXTS[trouble]
        assert not any(letter.isdigit() for letter in TEXTS[trouble])
