"""Which attachments travel with which batch, and which the collector has (FORMATS §6).

Knows neither what is sealed nor how a batch goes out. Erased ones are not there any more, and so never travel.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from enum import Enum

from appliance.core import attachments as forms
from appliance.core import batch
from appliance.core.attachments import MAX_LINE, Attachment
from appliance.core.batch import MAX_BATCH, Log
from appliance.stall.house import House
from appliance.store import attachments
from appliance.store.ledger import Book


class Load(Enum):
    """Which attachments batches take along."""

    NONE = "none"  # a courier's stick
    WAITING = "waiting"  # those that the collector has not answered
    ALL = "all"


async def of_log(house: House, incarnation: int, load: Load) -> list[Attachment]:
    """In order of their entries."""
    if load is Load.NONE:
        return []
    return await house.reader.attachments(incarnation, house.running_ms(), is_waiting=load is Load.WAITING)


def laden(
    log: Log, leaves: Sequence[bytes], first: int, load: Sequence[Attachment], limit: int = MAX_BATCH
) -> Iterator[tuple[int, int, bytes]]:
    """Batches of `leaves` from entry `first` on, as `batch.cut` gives them, with the attachments of `load`.

    `leaves` are those of the log from entry 0. No attachment goes before its entry; for those that find no room the
    last entry goes again, if need be beyond `limit`.
    """
    waiting = deque(each for each in load if each.seq < len(leaves))
    for start, last, data in batch.cut(log, leaves[first:], first, limit):
        yield start, last, _filled(data, waiting, last, limit)
    while waiting:
        [(start, last, data)] = batch.cut(log, leaves[-1:], len(leaves) - 1, limit)
        yield start, last, _filled(data, waiting, last, max(limit, len(data) + MAX_LINE + 2))


def _filled(data: bytes, waiting: deque[Attachment], last: int, limit: int) -> bytes:
    lines, room = [], limit - len(data)
    while waiting and waiting[0].seq <= last and len(line := waiting[0].line()) < room:
        lines.append(line)
        room -= len(line) + 1
        waiting.popleft()
    return batch.attach(data, lines)


async def mark_sent(house: House, data: bytes) -> None:
    """Notes that the collector has what this batch took along: call it with the very bytes that it answered, once
    `Acknowledgements.hear` has taken the answer in. What lies above the acknowledged size waits on."""
    incarnation, lines = batch.attachment_lines(data)
    sent = [forms.read(line) for line in lines]
    if not sent:
        return

    def work(book: Book) -> None:
        for each in sent:
            attachments.mark_sent(book.db, incarnation, each)

    await house.record(work)
