"""The log as sync batches: all of it, or what waits for the collector (FORMATS §6).

The same bytes go by network, by stick and into a file. Knows not how they travel.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from appliance.core.attachments import Attachment
from appliance.core.batch import MAX_BATCH, cut, file_name
from appliance.errors import StoreError
from appliance.stall.attachments import Load, laden, of_log
from appliance.stall.house import House
from appliance.stall.past import Signable, signable

Named = tuple[str, bytes]
Ranges = Sequence[tuple[int, int]]
"""Entries from the first to the last of each pair."""


async def whole(house: House, first: int, load: Load) -> AsyncIterator[Named]:
    """Every incarnation from entry `first` on. StoreError at the end where entries were changed on the disk."""
    withheld = 0
    for incarnation in await house.reader.incarnations():
        past = await signable(house, incarnation)
        beside = await of_log(house, incarnation, load)
        async for named in _aside(_batches(house, incarnation, past, first, (), beside, MAX_BATCH)):
            yield named
        withheld += past.withheld
    _say_withheld(withheld)


async def waiting(house: House, missing: Mapping[int, Ranges], load: Load, limit: int) -> AsyncIterator[Named]:
    """What nobody has acknowledged, and what is `missing` by incarnation all the same. StoreError as of `whole`.

    An incarnation of which nothing waits is not even read.
    """
    withheld = 0
    begins = await house.reader.waiting_from()
    for incarnation in await house.reader.incarnations():
        beside = await of_log(house, incarnation, load)
        lacking = missing.get(incarnation, ())
        if incarnation not in begins and not beside and not lacking:
            continue
        past = await signable(house, incarnation)
        first = begins.get(incarnation, len(past.leaves))
        async for named in _aside(_batches(house, incarnation, past, first, lacking, beside, limit)):
            yield named
        withheld += past.withheld
    _say_withheld(withheld)


async def _aside(batches: Iterator[Named]) -> AsyncIterator[Named]:
    """Each is cut in a thread: hashing megabytes would hold a sale up."""
    while (named := await asyncio.to_thread(next, batches, None)) is not None:
        yield named


def _batches(
    house: House,
    incarnation: int,
    past: Signable,
    first: int,
    missing: Ranges,
    beside: Sequence[Attachment],
    limit: int,
) -> Iterator[Named]:
    """Of one incarnation: what is missing below entry `first`, then all from there on."""
    log, size = house.ledger.log(incarnation, past.tree), min(first, len(past.leaves))
    for low, high in missing:
        for start, last, data in cut(log, past.leaves[low : min(high + 1, size)], low, limit):
            yield file_name(house.box_id, incarnation, start, last), data
    for start, last, data in laden(log, past.leaves, first, beside, limit):
        yield file_name(house.box_id, incarnation, start, last), data


def _say_withheld(count: int) -> None:
    if count:
        raise StoreError(
            "store",
            f"{count} entries belong to a ledger that was changed on this card: the box does not sign them. "
            "All others are written. Keep the card for the organizer.",
        )
