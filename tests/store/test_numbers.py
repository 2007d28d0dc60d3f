"""The numbers of a box: lowest first, given back or burnt, blocked, away and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.store import database, numbers
from tests.store.books import DROP

SCHEMA = Path(database.__file__).with_name("schema")


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(memory(range(1, 6))) as made:
        yield made


def memory(held: range) -> sqlite3.Connection:
    """The tables, in memory, with these numbers."""
    made = sqlite3.connect(":memory:", isolation_level=None)
    for step in sorted(SCHEMA.glob("*.sql")):
        made.executescript(step.read_text())
    numbers.add(made, DROP, ((number, b"%d" % number) for number in held))
    return made


def take(db: sqlite3.Connection) -> int | None:
    taken = numbers.take_lowest(db, DROP)
    if taken is None:
        return None
    assert taken[1] == b"%d" % taken[0], "each number has its own certificate"
    return taken[0]


def test_lowest_first(db: sqlite3.Connection) -> None:
    """Numbers are sold from the lowest, and then there is none; another drop's are not touched."""
    numbers.add(db, "f" * 16, [(1, b"x")])
    assert [take(db) for _ in range(6)] == [1, 2, 3, 4, 5, None]
    assert numbers.count(db, "f" * 16) == {"free": 1}


def test_has_free(db: sqlite3.Connection) -> None:
    """As many copies can be sold as there are numbers that nobody has, and of this drop alone."""
    numbers.add(db, "f" * 16, [(1, b"x")])
    take(db)
    assert [numbers.has_free(db, DROP, copies) for copies in (1, 4, 5)] == [True, True, False]
    for _ in range(4):
        take(db)
    assert not numbers.has_free(db, DROP, 1)


def test_given_back(db: sqlite3.Connection) -> None:
    """A number that came back unopened is the next one; an opened one is burnt."""
    for _ in range(3):
        take(db)
    numbers.give_back(db, DROP, 2, opened=False)
    numbers.give_back(db, DROP, 1, opened=True)
    assert [take(db), take(db)] == [2, 4]
    assert numbers.count(db, DROP) == {"burnt": 1, "free": 1, "sold": 3}


def test_added_again(db: sqlite3.Connection) -> None:
    """Numbers that are held already keep state and certificate when a pack comes again."""
    take(db)
    numbers.add(db, DROP, ((number, b"other") for number in range(1, 8)))
    assert numbers.count(db, DROP) == {"free": 6, "sold": 1}
    assert numbers.certificate(db, DROP, 1) == b"1"
    assert numbers.certificate(db, DROP, 9) is None


def test_blocked(db: sqlite3.Connection) -> None:
    """Blocked numbers are not sold, also ones that come in later, until the stall owner decides."""
    take(db)
    numbers.block(db, DROP, 1, 7)
    numbers.add(db, DROP, [(6, b"6"), (8, b"8")])
    assert take(db) == 8
    assert take(db) is None
    assert numbers.discard_blocks(db) == 5
    assert [take(db) for _ in range(6)] == [2, 3, 4, 5, 6, None]
    numbers.add(db, DROP, [(7, b"7")])
    assert take(db) == 7


def test_moved(db: sqlite3.Connection) -> None:
    """What another box has is away; what comes back is free, or blocked where a block covers it; sold stays sold."""
    take(db)
    numbers.allot(db, DROP, frozenset({4, 5}), {})
    assert numbers.count(db, DROP) == {"away": 2, "free": 2, "sold": 1}
    assert take(db) == 4
    numbers.block(db, DROP, 1, 2)
    numbers.allot(db, DROP, frozenset({1, 2, 3, 4, 5}), {})
    assert numbers.count(db, DROP) == {"blocked": 1, "free": 2, "sold": 2}


STEPS = st.lists(
    st.one_of(
        st.just(("take",)),
        st.tuples(st.just("back"), st.integers(1, 8)),
        st.tuples(st.just("burn"), st.integers(1, 8)),
        st.tuples(st.just("block"), st.integers(1, 8)),
        st.tuples(st.just("allot"), st.frozensets(st.integers(1, 8))),
        st.just(("discard",)),
    ),
    max_size=30,
)


@settings(max_examples=150)
@given(STEPS)
def test_any_order(steps: list[tuple[str, ...]]) -> None:
    """Whatever happens in whatever order, a number that is out is never taken again, and always the lowest free is."""
    with closing(memory(range(1, 9))) as db:
        out: set[int] = set()
        for step in steps:
            _do(db, step, out)
        assert out <= {row[0] for row in db.execute("select number from numbers where state in ('sold', 'burnt')")}


def _do(db: sqlite3.Connection, step: tuple[object, ...], out: set[int]) -> None:
    match step:
        case ("take",):
            free = [row[0] for row in db.execute("select number from numbers where state = 'free'")]
            number = take(db)
            assert number == min(free, default=None)
            assert number not in out
            out |= {number} if number else set()
        case (("back" | "burn") as how, int(number)) if number in out and _state(db, number) == "sold":
            numbers.give_back(db, DROP, number, opened=how == "burn")
            out -= {number} if how == "back" else set()
        case ("block", int(last)):
            numbers.block(db, DROP, 1, last)
        case ("allot", frozenset() as mine):
            numbers.allot(db, DROP, mine, {})
        case ("discard",):
            numbers.discard_blocks(db)
        case _:
            pass  # a number that is not out cannot come back


def _state(db: sqlite3.Connection, number: int) -> str:
    return str(db.execute("select state from numbers where number = ?", (number,)).fetchone()[0])


def test_late_numbers_are_found_quickly() -> None:
    """The lowest free number is looked up, not searched for: with 9,999 sold it takes few steps of SQLite."""
    with closing(memory(range(1, 10_001))) as db:
        db.execute("update numbers set state = 'sold' where number < 10000")
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += 1

        db.set_progress_handler(count, 100)
        assert take(db) == 10_000
        assert steps < 10
