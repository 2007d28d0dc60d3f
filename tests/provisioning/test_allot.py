"""Numbers for boxes: what is typed, what follows for the others, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.allotment import Allotment
from appliance.errors import PaperError, RequestError, WorkspaceError
from provisioning import boxes, drops
from provisioning.allot import Wish, allot, parse_numbers, parse_wish, show_numbers
from provisioning.keys import Keyring
from provisioning.quickstart import Started
from tests.organizer import NOW


@given(st.frozensets(st.integers(1, 10_000), max_size=50))
def test_numbers_are_read_as_they_are_shown(numbers: frozenset[int]) -> None:
    """What the tool prints may be typed again."""
    assert parse_numbers(show_numbers(numbers)) == numbers


def test_a_wish_names_a_box_and_its_numbers() -> None:
    """Ranges, single numbers, several of them, or none."""
    assert parse_wish("stall-7=1-3,9") == Wish("stall-7", frozenset({1, 2, 3, 9}))
    assert parse_wish("stall-7=") == Wish("stall-7", frozenset())


@pytest.mark.parametrize("text", ["stall-7", "=1-3", "stall-7=3-1", "stall-7=0", "stall-7=1..3", "stall-7=1-", "x=1 2"])
def test_what_is_no_wish_is_refused(text: str) -> None:
    """The sentence shows what was typed or how it is written."""
    with pytest.raises(RequestError, match=r"1-60|no range"):
        parse_wish(text)


def _allot(started: Started, *texts: str, slug: str = "harbour-lights") -> Allotment:
    folder, packed, _ = drops.packed_drop(started.workspace, slug)
    ring = Keyring(lambda name: name)
    key = ring.open(started.workspace.key("creator", "Ana Reyes"))
    return allot(started.workspace, folder, packed, [parse_wish(text) for text in texts], key=key, now=NOW)


def _second_box(started: Started) -> str:
    root = Keyring(lambda name: name).root(started.workspace)
    return boxes.add(started.workspace, "Stall 8", root, now=NOW).box.key.id


def test_a_number_that_a_box_has_stays_there(started: Started) -> None:
    """It moves only after the box has released it; nothing is kept of the attempt."""
    _second_box(started)
    with pytest.raises(RequestError, match="stallbox release harbour-lights 10` on Stall 7"):
        _allot(started, "stall-7=1-9")
    with pytest.raises(RequestError, match="stallbox release harbour-lights 10` on Stall 7"):
        _allot(started, "stall-8=10")
    with pytest.raises(PaperError, match="number 10 away twice"):
        _allot(started, "stall-7=1-10", "stall-8=10")
    folder, _, _ = drops.packed_drop(started.workspace, "harbour-lights")
    assert [epoch for epoch, _ in folder.allotments()] == [1]


def test_numbers_outside_the_edition_are_refused(started: Started) -> None:
    """There is no copy 11 of 10."""
    with pytest.raises(PaperError, match="1 to 10"):
        _allot(started, "stall-7=1-11")


def test_a_box_that_is_not_there_is_asked_for(started: Started) -> None:
    """With the names of those that are; and nobody is named twice."""
    with pytest.raises(WorkspaceError, match="Stall 7"):
        _allot(started, "stall-9=1-2")
    with pytest.raises(RequestError, match="twice"):
        _allot(started, "stall-7=1-10", "Stall 7=1-10")


def test_a_drop_that_is_not_there_is_asked_for(started: Started) -> None:
    """With the names of those that are."""
    with pytest.raises(WorkspaceError, match="harbour-lights"):
        _allot(started, "stall-7=1", slug="zine")
