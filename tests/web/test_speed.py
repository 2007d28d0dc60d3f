"""How long something will take at this Wi-Fi's speed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.web.listing import PER_PAGE, part
from appliance.web.pace import Pace
from appliance.web.speed import FIRST, Speed
from appliance.web.words import wait

BYTES = st.integers(0, 10**10)


@given(BYTES, BYTES, st.integers(1, 19))
def test_more_takes_longer(one: int, other: int, phones: int) -> None:
    """More bytes or more phones never take less, and nothing takes no time."""
    speed = Speed()
    assert (one <= other) <= (speed.seconds(one, phones) <= speed.seconds(other, phones))
    assert 1 <= speed.seconds(one, phones) <= speed.seconds(one, phones + 1)


def test_learns() -> None:
    """After some downloads at another speed the estimate is that speed, whatever it was before."""
    speed = Speed()
    for _ in range(20):
        speed.sample(5_000_000, 10.0, phones=2)
    assert speed.seconds(10_000_000, 1) == 10
    assert speed.seconds(10_000_000, 2) == 20


def test_small_samples_say_nothing() -> None:
    """What only filled a buffer is no measure of the radio."""
    speed = Speed()
    speed.sample(1000, 10.0, phones=1)
    speed.sample(50_000_000, 0.001, phones=1)
    assert speed.seconds(FIRST * 10, 1) == 10


def test_others_share() -> None:
    """Two more phones that download make everything take three times as long; a phone's own do not count."""
    pace = Pace()
    alone = pace.seconds(FIRST * 10, "10.42.0.2")
    with pace.lane("10.42.0.2"), pace.lane("10.42.0.3"), pace.lane("10.42.0.4"):
        assert pace.others("10.42.0.2") == 2
        assert pace.seconds(FIRST * 10, "10.42.0.2") == 3 * alone


def test_words() -> None:
    """Times are told roughly, and never as shorter than they are."""
    told = {3: "a few seconds", 11: "about 20 s", 60: "about 60 s", 95: "about 2 min", 4000: "about 1 h 7 min"}
    assert {seconds: wait(seconds) for seconds in told} == told


@given(st.lists(st.integers(), max_size=350))
def test_parts_are_the_whole(items: list[int]) -> None:
    """The pages of a list hold every item once, in order, none more than a hundred."""
    pages = part(items, None).pages
    parts = [part(items, str(number)) for number in range(1, pages + 1)]
    assert [item for piece in parts for item in piece.items] == items
    assert all(len(piece.items) <= PER_PAGE for piece in parts)
    assert [piece.first for piece in parts] == [1 + PER_PAGE * n for n in range(pages)]
