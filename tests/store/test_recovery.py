"""The judgement at start: which history goes on, which begins again, and which numbers wait then."""

from __future__ import annotations

import hashlib

import pytest

from appliance.core.merkle import EMPTY_ROOT, Tree
from appliance.store.recovery import History, Restart, judge, vouched
from appliance.store.second import Head

DROP, OTHER = "0123456789abcdef", "fedcba9876543210"
EDITIONS = {DROP: 100, OTHER: 50}
ALL = {DROP: (1, 100), OTHER: (1, 50)}


def tree(size: int, salt: str = "") -> Tree:
    return Tree(hashlib.sha256(f"{salt}{number}".encode()).digest() for number in range(size))


def head(size: int, incarnation: int = 7, salt: str = "", **highest: int) -> Head:
    return Head(incarnation, size, tree(size, salt).root(), highest)


def history(size: int, incarnation: int = 7, previous: Head | None = None) -> History:
    named = (previous.incarnation, previous.size, previous.root) if previous else None
    return History(incarnation, tree(size), named)


@pytest.mark.parametrize(
    ("found", "second"),
    [
        (history(80), head(80)),
        (history(81), head(80)),  # a cut between COMMIT and the second place
        (history(80), head(1)),  # the newer slot was torn
        (history(1), Head(7, 0, EMPTY_ROOT)),  # a cut at the very first start
        (history(1, 8, previous=head(80)), head(80)),  # a cut right after a restart was committed
    ],
)
def test_goes_on(found: History, second: Head) -> None:
    """A history that is the second place's head, or has grown from it, goes on."""
    assert judge(found, second, False, EDITIONS) is None


HIGH = Head(7, 80, tree(80).root(), {DROP: 40})


@pytest.mark.parametrize(
    ("found", "second", "was_damaged", "wanted"),
    [
        pytest.param(history(60), HIGH, False, Restart("restored", HIGH, {DROP: (1, 40)}), id="yesterday's"),
        pytest.param(
            history(80),
            Head(7, 80, tree(80, "x").root(), {DROP: 40}),
            False,
            Restart("restored", Head(7, 80, tree(80, "x").root(), {DROP: 40}), {DROP: (1, 40)}),
            id="another root at that size",
        ),
        pytest.param(
            history(90),
            Head(7, 80, tree(80, "x").root()),
            False,
            Restart("restored", Head(7, 80, tree(80, "x").root()), {}),
            id="longer, but another root at that size",
        ),
        pytest.param(history(90, 6), HIGH, False, Restart("restored", HIGH, {DROP: (1, 40)}), id="older incarnation"),
        pytest.param(
            history(5, 9, previous=head(79)), HIGH, False, Restart("restored", HIGH, {DROP: (1, 40)}), id="other past"
        ),
        pytest.param(
            history(80), None, False, Restart("restored", Head(7, 80, tree(80).root()), ALL), id="second place lost"
        ),
        pytest.param(None, HIGH, False, Restart("recovered", HIGH, {DROP: (1, 40)}), id="ledger lost"),
        pytest.param(None, HIGH, True, Restart("recovered", HIGH, {DROP: (1, 40)}), id="ledger damaged"),
        pytest.param(None, None, True, Restart("recovered", None, ALL), id="damaged, second place lost"),
        pytest.param(None, None, False, Restart("recovered", None, ALL), id="both lost, papers held"),
        pytest.param(
            None, Head(7, 0, EMPTY_ROOT), False, Restart("recovered", None, ALL), id="cut before a recovery's commit"
        ),
    ],
)
def test_begins_again(found: History | None, second: Head | None, was_damaged: bool, wanted: Restart) -> None:
    """Anything else begins a new incarnation, and whatever may have been sold since is blocked."""
    assert judge(found, second, was_damaged, EDITIONS) == wanted


def test_changed_since_its_commit() -> None:
    """Entries that are not those of the last commit begin a new incarnation, though the second place knows less."""
    kept = (80, tree(80, "x").root())
    changed = History(7, tree(80), None, kept)
    assert judge(changed, head(79), False, EDITIONS) == Restart("restored", head(79), {})
    assert judge(changed, None, False, EDITIONS) == Restart("restored", Head(7, *kept), ALL)
    assert judge(History(7, tree(80), None, (80, tree(80).root())), head(79), False, EDITIONS) is None


@pytest.mark.parametrize(
    ("heads", "wanted"),
    [
        ([], 0),
        ([(80, "")], 80),
        ([(70, "")], 70),
        ([(80, ""), (90, "x")], 80),  # yesterday's ledger: what it holds was committed
        ([(90, "")], 0),  # nobody can tell whether this is its beginning
        ([(80, "x")], 0),
        ([(80, ""), (70, "x")], 0),
        ([(80, "x"), (70, "")], 0),
    ],
)
def test_vouched(heads: list[tuple[int, str]], wanted: int) -> None:
    """A tree of 80 may be signed as far as a head that it holds, and not at all where it contradicts one."""
    assert vouched(tree(80), [(size, tree(size, salt).root()) for size, salt in heads]) == wanted


def test_first_start() -> None:
    """Without ledger, second place and papers it is the first start; also where a cut ended it before its commit."""
    for second in (None, Head(7, 0, EMPTY_ROOT)):
        assert judge(None, second, False, {}) == Restart("first", None, {})
