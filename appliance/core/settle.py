"""What the facts of all ledgers mean together: whether one thing was given away twice.

The second half of an audit. The answer depends on the set of facts alone, never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from appliance.core.audit import Once


@dataclass(frozen=True, slots=True, order=True)
class Taker:
    """An entry that took something, by place and leaf hash: a forked ledger may hold two in one place.

    `is_owed`: it is an owed entry; `owed`: the reference of the one that this sale ends. `is_returned`: a void gave the
    number back unopened.
    """

    box: str
    incarnation: int
    seq: int
    hash: bytes
    is_owed: bool = False
    owed: str | None = None
    is_returned: bool = False

    @property
    def reference(self) -> str:
        return f"{self.incarnation}:{self.seq}"


def doubles(once: Once, takers: Collection[Taker]) -> tuple[Taker, ...]:
    """Those who took one thing, in order, where more than one holds it; empty where all is well.

    A returned number may be sold again; a token stays spent. An owed entry and the sale that ends it on the same box
    are one (FORMATS §6).
    """
    holding = [taker for taker in takers if not (once is Once.NUMBER and taker.is_returned)]
    ended = {(taker.box, taker.owed) for taker in holding if taker.owed is not None}
    apart = [taker for taker in holding if not (taker.is_owed and (taker.box, taker.reference) in ended)]
    return tuple(sorted(holding)) if len(apart) > 1 else ()
