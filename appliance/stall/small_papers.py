"""Papers that come without a drop: a `clock-reset` for this box, taken in and heard (FORMATS §2.5).

A reset is heard once: its number must be above any seen, here or among the papers of a ledger that was lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from appliance.core import clock_reset, time_sources
from appliance.core.clock_reset import ClockReset
from appliance.core.envelope import Envelope, Kind, read
from appliance.core.trust import Chain
from appliance.errors import PaperError
from appliance.stall.house import House
from appliance.stall.timekeeping import hear
from appliance.store import clock
from appliance.store.ledger import Book


@dataclass(frozen=True, slots=True)
class Taken:
    """A paper that is in. `is_news` False: these very bytes were here already."""

    kind: str
    version: int
    is_news: bool

    def answer(self) -> dict[str, object]:
        """As commands print it."""
        return {"paper": self.kind, "version": self.version, "news": self.is_news}


async def take_reset(house: House, chain: Chain | None, data: bytes) -> Taken:
    """Takes a clock-reset in and tells the clock. `doc-role doc-threshold doc-rollback doc-equivocation` otherwise."""
    envelope = read(data, Kind.CLOCK_RESET)
    reset = clock_reset.parse(envelope.payload)
    if reset.box != house.box_id:
        raise PaperError("doc-role", f"This sets the clock of another box, {reset.box}. Take it there.")
    if chain is None or not chain.current.is_met_by(envelope):
        raise PaperError("doc-threshold", "This clock-reset is not signed by enough of the organizer's root keys.")
    held = {paper.n: digest for paper, digest in await asyncio.to_thread(_held, house)}
    if held.get(reset.n) == envelope.digest:
        return Taken(Kind.CLOCK_RESET.value, reset.n, is_news=False)
    _check_number(reset, held, (await house.reader.clock_marks())[0])
    await asyncio.to_thread(house.papers.keep_reset, reset.n, data)
    await _apply(house, reset, envelope)
    return Taken(Kind.CLOCK_RESET.value, reset.n, is_news=True)


def _check_number(reset: ClockReset, held: dict[int, str], heard: int) -> None:
    if reset.n in held:
        raise PaperError(
            "doc-equivocation",
            f"There are two different clock-resets {reset.n}. Ask the organizer for one of number {max(held) + 1}.",
        )
    highest = max([heard, *held])
    if reset.n <= highest:
        raise PaperError("doc-rollback", f"Clock-reset {reset.n} is not above {highest}, which was here already.")


async def _apply(house: House, reset: ClockReset, envelope: Envelope) -> None:
    await hear(house, time_sources.reset(reset.n, reset.issued))
    fields = {
        "kind": Kind.CLOCK_RESET.value,
        "id": reset.box,
        "version": reset.n,
        "sha256": envelope.digest,
    }

    def work(book: Book) -> None:
        book.append("papers", fields)
        clock.heard_reset(book.db, book.at, reset.n)

    await house.record(work)


async def hear_held_reset(house: House, chain: Chain | None) -> None:
    """At start: the newest clock-reset, where it was not heard: a ledger that was lost or restored has forgotten it."""
    newest = _newest_reset(house, chain) if chain is not None else None
    if newest is not None and newest[0].n > (await house.reader.clock_marks())[0]:
        await _apply(house, *newest)


def _newest_reset(house: House, chain: Chain) -> tuple[ClockReset, Envelope] | None:
    for data in reversed(house.papers.resets()):
        envelope = read(data, Kind.CLOCK_RESET)
        if any(trust.is_met_by(envelope) for trust in chain.versions):
            return clock_reset.parse(envelope.payload), envelope
    return None


def _held(house: House) -> list[tuple[ClockReset, str]]:
    envelopes = [read(data, Kind.CLOCK_RESET) for data in house.papers.resets()]
    return [(clock_reset.parse(envelope.payload), envelope.digest) for envelope in envelopes]
