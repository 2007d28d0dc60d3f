"""What was given away twice, and what only looks like it."""

from __future__ import annotations

from appliance.core.audit import Once
from appliance.core.settle import Taker, doubles

BOX, OTHER = "01" * 8, "02" * 8


def taker(
    seq: int, box: str = BOX, *, is_owed: bool = False, owed: str | None = None, is_returned: bool = False
) -> Taker:
    return Taker(box, 5, seq, bytes([seq]), is_owed, owed, is_returned)


def test_one_taker_is_no_double() -> None:
    """Once is once."""
    assert doubles(Once.TOKEN, [taker(1)]) == ()


def test_two_takers_are_told_in_order() -> None:
    """Whatever the order in which they are known."""
    found = [taker(2, OTHER), taker(1, OTHER), taker(3)]
    assert doubles(Once.TOKEN, found) == doubles(Once.TOKEN, found[::-1]) == tuple(sorted(found))


def test_a_returned_number_may_be_sold_again_and_a_token_may_not() -> None:
    """A void gives the number back; the token stays spent."""
    found = [taker(1, is_returned=True), taker(2)]
    assert doubles(Once.NUMBER, found) == ()
    assert doubles(Once.TOKEN, found)


def test_an_owed_entry_and_its_sale_are_one() -> None:
    """On the same box; on another it is a double, and so is a second sale for it."""
    owed = taker(1, is_owed=True)
    assert doubles(Once.TOKEN, [owed, taker(2, owed="5:1")]) == ()
    assert doubles(Once.TOKEN, [owed, taker(2, OTHER, owed="5:1")])
    assert doubles(Once.TOKEN, [owed, taker(2, owed="5:1"), taker(3, owed="5:1")])


def test_a_sale_does_not_end_a_sale() -> None:
    """A box that names its first sale as what was owed hides nothing: neither a number nor a token."""
    for once in Once:
        assert doubles(once, [taker(1), taker(2, owed="5:1")])
