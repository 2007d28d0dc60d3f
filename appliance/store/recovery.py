"""Whether the ledger that was found is the one that was left, and if not, how its history begins again.

FORMATS §5: a tree that lies below the second place starts a new incarnation. Pure: heads in, decision out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from appliance.core.merkle import Tree
from appliance.store.second import Head


@dataclass(frozen=True, slots=True)
class History:
    """What ledger.db holds: the newest incarnation with its tree, and the head before it that it names."""

    incarnation: int
    tree: Tree
    previous: tuple[int, int, bytes] | None  # incarnation, size, root in its restart entry
    kept: tuple[int, bytes] | None = None  # size and root at its last commit; none in ledgers older than that record

    @property
    def is_whole(self) -> bool:
        """Whether its entries are those that were committed."""
        return self.kept is None or self.kept == (self.tree.size, self.tree.root())

    def holds(self, head: Head) -> bool:
        """Whether this history is `head` or has grown from it."""
        if not self.is_whole:
            return False
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
    history: History | None,
    second: Head | None,
    was_damaged: bool,
    editions: Mapping[str, int],
    cosigned: Head | None = None,
    is_forked: bool = False,
) -> Restart | None:
    """None where the history may go on. `editions` is the size of every numbered drop held, by drop id.

    Numbers up to the second place's highest are blocked where it survived, else all; all, too, where the collector
    has cosigned a head of this incarnation that the history does not hold, or where it holds two histories of it.
    Papers come in only through a ledger: where some are held and both ledger and second place are gone, there was a
    history, and it is lost.
    """
    everything = {drop: (1, size) for drop, size in editions.items()}
    if history is None:
        if second is None or second.size == 0:
            return Restart("recovered" if was_damaged or editions else "first", None, everything)
        return Restart("recovered", second, _up_to_highest(second))
    if second is None:
        return Restart("restored", _head(history), everything)
    if not history.holds(second):
        return Restart("restored", second, _up_to_highest(second))
    if cosigned is not None and not history.holds(cosigned):
        return Restart("forked" if cosigned.size <= history.tree.size else "restored", cosigned, everything)
    return Restart("forked", _head(history), everything) if is_forked else None


def vouched(tree: Tree, heads: Collection[tuple[int, bytes]]) -> int:
    """How many entries of this tree the box may sign, given the sizes and roots that were committed or signed.

    None, where the tree contradicts one of these heads; otherwise as many as the largest head that lies in it covers.
    """
    within = [(size, root) for size, root in heads if size <= tree.size]
    if any(tree.root(size) != root for size, root in within):
        return 0
    return max((size for size, _ in within), default=0)


def _up_to_highest(second: Head) -> dict[str, tuple[int, int]]:
    return {drop: (1, highest) for drop, highest in second.highest.items() if highest}


def _head(history: History) -> Head:
    return Head(history.incarnation, *(history.kept or (history.tree.size, history.tree.root())))
