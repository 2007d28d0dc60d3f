"""Papers without a drop, as a stick or the collector's answer brings them: any number of them, in any order.

One that is refused keeps none of the others out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from appliance.core.envelope import Kind, kind_of
from appliance.errors import PaperError
from appliance.stall.papers import Papers
from appliance.stall.small_papers import Taken


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of papers. `is_courier`: sales may be written unasked where these lay (FORMATS §2.5)."""

    taken: tuple[Taken, ...]
    refused: tuple[PaperError, ...]
    is_courier: bool


async def take_papers(papers: Papers, brought: Sequence[bytes]) -> Brought:
    """Takes in trust documents first, all together, then what may need them; a courier paper is only judged."""
    taken: list[Taken] = []
    refused: list[PaperError] = []
    is_courier = False
    trusts: list[bytes] = []
    couriers: list[bytes] = []
    others: list[bytes] = []
    for data in brought:
        with _kept_out(refused):
            {Kind.TRUST: trusts, Kind.COURIER: couriers}.get(_kind(data), others).append(data)
    if trusts:
        with _kept_out(refused):
            taken.append(await papers.take_trust(trusts))
    for data in others:
        with _kept_out(refused):
            taken.append(await papers.take_paper(data))
    for data in couriers:
        with _kept_out(refused):
            papers.check_courier(data)
            is_courier = True
    return Brought(tuple(taken), tuple(refused), is_courier)


def _kind(data: bytes) -> Kind:
    """What is of no kind of ours is refused by who takes papers in."""
    return kind_of(data) or Kind.CLOCK_RESET


@contextmanager
def _kept_out(refused: list[PaperError]) -> Iterator[None]:
    try:
        yield
    except PaperError as refusal:
        refused.append(refusal)
