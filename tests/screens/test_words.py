"""The sentences of the screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.core.status import Case, Seats, Unsynced
from appliance.screens import words
from tests.screens.samples import CLAIMS, DROP, FAULT, OPEN, SOLD_OUT, STATUS


@pytest.mark.parametrize(
    ("drop", "sentence"),
    [
        (DROP, "37 of 100 left"),
        (replace(DROP, allotted=60, left=12), "12 left here of 100"),
        (SOLD_OUT, "sold out"),
        (OPEN, "open edition"),
    ],
)
def test_stock_says_no_more_than_the_box_knows(drop: object, sentence: str) -> None:
    """A box that has some of an edition's numbers does not speak for the others."""
    assert words.stock(drop) == sentence  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("unsynced", "sentence"),
    [
        (Unsynced(0, 0), ""),
        (Unsynced(1, 5), "1 entry not synced, oldest under 1 min"),
        (Unsynced(12, 3 * 3600), "12 entries not synced, oldest 3 h"),
        (Unsynced(300, 2 * 86400), "300 entries not synced, oldest 2 d"),
    ],
)
def test_what_waits_to_be_synced_is_told_with_its_age(unsynced: Unsynced, sentence: str) -> None:
    """Nothing is said where nothing waits."""
    assert words.unsynced(unsynced) == sentence


def test_a_price_is_written_out_and_free_is_free() -> None:
    """Prices carry their currency's digits."""
    prices = [
        words.price(replace(DROP, amount=amount, currency=currency)) for amount, currency in ((800, "JPY"), (0, "EUR"))
    ]
    assert prices == ["¥800", "free"]


def test_the_foot_tells_a_fault_before_anything_else() -> None:
    """A fault's sentence takes the foot; an unset clock stands beside what is not synced."""
    unset = replace(STATUS, clock=replace(STATUS.clock, quality="floor"))
    assert words.foot(unset) == "12 entries not synced, oldest 3 h · clock not set"
    assert words.foot(replace(unset, faults=(FAULT,))) == FAULT.text


def test_the_foot_tells_what_is_in_a_case() -> None:
    """What the organizer looks into stands beside what is not synced."""
    held = replace(STATUS, cases=(Case("a1", "forked", 3), Case("b2", "number-twice", 1)))
    assert words.foot(held) == "12 entries not synced, oldest 3 h · 4 entries in a case"


def test_an_open_edition_has_no_number() -> None:
    """A claim of an open edition shows no number."""
    assert [words.number(claim) for claim in (CLAIMS[0], replace(CLAIMS[0], number=None, of=None))] == [
        "#19 of 100",
        "",
    ]


def test_the_address_is_one_that_people_type() -> None:
    """The shop's address is told without scheme, in lower case."""
    assert words.address(replace(STATUS, shop_url="HTTP://192.168.1.7:8080/")) == "192.168.1.7:8080"


@pytest.mark.parametrize(
    ("done", "total", "sentence"),
    [
        (0, 0, ""),
        (0, 900, "0 of 900 bytes"),
        (312_000_000, 840_000_000, "312 of 840 MB"),
        (400_000, 1_200_000, "0.4 of 1.2 MB"),
        (999_999_999, 4_200_000_000, "1.0 of 4.2 GB"),
    ],
)
def test_progress_is_told_in_the_unit_of_the_whole(done: int, total: int, sentence: str) -> None:
    """So that the first number grows towards the second."""
    assert words.progress(done, total) == sentence


@pytest.mark.parametrize(
    ("seats", "sentence"),
    [
        (None, ""),
        (Seats(3, None), ""),
        (Seats(5, 20), "15 of 20 seats free"),
        (Seats(19, 20), "1 seat free"),
        (Seats(21, 20), "All seats are taken: wait a moment"),
    ],
)
def test_seats_are_told_where_they_are_known(seats: Seats | None, sentence: str) -> None:
    """Whoever wants to join reads whether there is room."""
    assert words.seats(replace(STATUS, seats=seats)) == sentence


def test_a_name_on_a_stick_cannot_make_boxes() -> None:
    """What a stick calls itself is drawn character by character, those that the typeface lacks as question marks."""
    assert words.plain("drops/東京\u202e\n.drop is refused") == "drops/??? .drop is refused"
