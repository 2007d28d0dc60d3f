"""Which entries of its ledger the box may sign: never a second history of one incarnation (FORMATS §5).

Knows what was committed and what later restarts name; knows neither receipts nor batches.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from appliance.core import entries
from appliance.core.merkle import Tree, leaf_hash
from appliance.errors import PaperError
from appliance.stall.house import House
from appliance.store import heads
from appliance.store.recovery import vouched


@dataclass(frozen=True, slots=True)
class Signable:
    """The leaves of one incarnation from entry 0 that checkpoints and proofs may cover, and their tree."""

    leaves: list[bytes]
    tree: Tree
    withheld: int  # entries that follow on the disk, and that the box must not sign


async def signable(house: House, incarnation: int) -> Signable:
    """Nothing, where an entry on the disk is not the one that was committed, or that a restart went on from.

    A ledger of yesterday gives what it holds, as far as that was committed.
    """
    leaves = await house.reader.leaves(incarnation)
    tree = await asyncio.to_thread(lambda: Tree(map(leaf_hash, leaves)))
    size = vouched(tree, await _heads(house, incarnation, tree.size))
    tree.truncate(size)
    return Signable(leaves[:size], tree, len(leaves) - size)


async def _heads(house: House, incarnation: int, size: int) -> list[tuple[int, bytes]]:
    if incarnation == house.ledger.incarnation:
        tree = house.ledger.log(incarnation).tree
        known = min(size, tree.size)
        return [(known, tree.root(known))]
    kept = await house.reader.kept_head(incarnation)
    found = [kept] if kept is not None else []
    for leaf in await house.reader.restarts():
        try:
            named = heads.named(entries.read(leaf), house.key.public)
        except PaperError:
            return []  # nobody can tell what this restart went on from, so nothing is vouched for
        if named is not None and named[0] == incarnation:
            found.append(named[1:])
    return found
