"""Whether the ledger that was found is the one that was left, and if not, how its history begins again.

FORMATS §5: a tree that lies below the second place starts a new incarnation. Pure: heads in, decision out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.core.merkle import Tree
from appliance.store.second import Head


@dataclass(frozen=True, slots=True)
class History:
    """What ledger.db holds: the newest incarnation with its tree, and the head before it that it names."""

    incarnation: int
    tree: Tree
    previous: tuple[int, int, bytes] | None  # incarnation, size, root in its restart entry

    def holds(self, head: Head) -> bool:
        """Whether this history is `head` or has grown from it."""
        if head.incarnation == self.incarnation:
            return self.tree.size >= head.size and self.tree.root(head.size) == head.root
        return self.previous == (head.incarnation, head.size, head.root)


@dataclass(frozen=True, slots=True)
class Restart:
    """A new incarnation: why, the last head that is known, and the numbers that may have been sold since."""

    reason: str
    last: Head | None
    blocked: dict[str, tuple[int, int]]  # drop id -> 1 to the highest


def judge(
    history: History | None, second: Head | None, was_damaged: bool, editions: Mapping[str, int]
) -> Restart | None:
    """None where the history may go on. `editions` is the size of every numbered drop held, by drop id.

    Numbers up to the second place's highest are blocked where it survived, else all. Papers come in only through a
    ledger: where some are held and both ledger and second place are gone, there was a history, and it is lost.
    """
    everything = {drop: (1, size) for drop, size in editions.items()}
    if history is None:
        if second is None or second.size == 0:
            return Restart("recovered" if was_damaged or editions else "first", None, everything)
        return Restart("recovered", second, _up_to_highest(second))
    if second is None:
        return Restart("restored", _head(history), everything)
    if history.holds(second):
        return None
    return Restart("restored", second, _up_to_highest(second))


def _up_to_highest(second: Head) -> dict[str, tuple[int, int]]:
    return {drop: (1, highest) for drop, highest in second.highest.items() if highest}


def _head(history: History) -> Head:
    return Head(history.incarnation, history.tree.size, history.tree.root())
