"""Puts into the ledger what has become of the clock: `clock` entries, and what must outlive this process."""

from __future__ import annotations

from appliance.core.clock import Effect, Word
from appliance.core.status import fault_beside
from appliance.core.time_sources import cosignature
from appliance.errors import StoreError
from appliance.stall.boxclock import Unsaved
from appliance.stall.house import House
from appliance.store import clock
from appliance.store.ledger import Book


async def hear(house: House, word: Word) -> Effect:
    """Tells the clock what a source says, and the ledger what became of that."""
    effect = house.clock.hear(word)
    await note_clock(house)
    return effect


async def hear_cosignature(house: House, timestamp: int, round_trip_ms: int | None) -> Effect:
    """A cosigner of the trust document signed at this moment, Unix seconds.

    `round_trip_ms`: how long our request took whose answer it is; None where it came by stick.
    """
    return await hear(house, cosignature(timestamp, round_trip_ms))


async def note_clock(house: House, *, even_so: bool = False) -> None:
    """Records what the ledger does not know yet of the clock; with `even_so` at least the moment, as the next floor.

    A disk that refuses is only said: the clock goes on, and what is due is recorded next time.
    """
    unsaved = house.clock.take_unsaved()
    if unsaved is None and not even_so:
        return
    try:
        await house.record(lambda book: _write(book, unsaved))
    except StoreError as refusal:
        if unsaved is not None:
            house.clock.give_back(unsaved)
        house.note("clock entry", fault_beside(refusal.code, refusal.detail))
    else:
        house.note("clock entry", None)


def _write(book: Book, unsaved: Unsaved | None) -> None:
    if unsaved is None:
        clock.note(book.db, book.at)
        return
    for change in unsaved.changes:
        book.append("clock", change.fields())
    clock.remember(book.db, book.at, unsaved.sure_lo, unsaved.root_issued, unsaved.asked)
