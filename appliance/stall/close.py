"""The close of the day: what was sold since the last one, as a signed entry. It is not a fiscal record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.core import entries
from appliance.core.clock import Stamp
from appliance.core.entries import Entry, split_reference
from appliance.errors import PaperError, RequestError
from appliance.stall.house import House
from appliance.stall.redeem import Redeemer
from appliance.store import answers, closing
from appliance.store.closing import Undone
from appliance.store.ledger import Book
from appliance.weblib.idempotency import Key

Reference = tuple[int, int]  # incarnation and sequence number
MAX_ROWS = 80  # as many as certainly fit into a leaf of 16 KiB


@dataclass(frozen=True, slots=True)
class Closed:
    """A close: its entry, and its totals as the entry says them (FORMATS §5, `close`)."""

    entry: str | None  # None: a look before closing
    at: Stamp
    totals: Mapping[str, object]
    by_phone: tuple[Undone, ...]
    oldest_s: int  # age of the oldest entry that nobody has acknowledged

    def answer(self) -> dict[str, object]:
        """As commands print it and files hold it."""
        return {
            "entry": self.entry,
            "time": self.at.interval(),
            "totals": dict(self.totals),
            "by_phone": [{"phone": by.phone, "voids": by.voids, "refunds": by.refunds} for by in self.by_phone],
            "oldest_unsynced_s": self.oldest_s,
        }


class Close:
    def __init__(self, house: House, redeemer: Redeemer) -> None:
        self._house = house
        self._redeemer = redeemer
        self._last: Reference | None = None  # of this run

    async def is_closed(self) -> bool:
        """Whether nothing was sold since the day was closed; a box that was switched on again is open."""
        if self._last is None:
            return False
        incarnation, closed = self._last
        for newest in await self._house.reader.sales(1):
            if newest.key[0] == incarnation and newest.key[1] > closed:
                self._last = None
        return self._last is not None

    async def close(self, *, key: Key | None = None) -> Closed:
        """Appends the `close` entry over everything since the last one; all counts are of one transaction.

        A repetition with the same key gets the close of the first time.
        Rows that do not fit into it follow at once in further `close` entries, each from the one before.
        """
        refused = self._redeemer.refused
        counted = Counter(refused)
        refused.clear()  # now, so that of two closes at once only one counts them

        def work(book: Book) -> tuple[Closed, bool]:
            if key is not None and (entry := answers.find(book.db, key)) is not None:
                return _read(book, entry, split_reference(entry)), False
            closed = _sum(book, counted)
            entry = _write(book, closed.totals)
            if key is not None:
                answers.keep(book.db, key, entry, book.running_ms)
            return Closed(entry, closed.at, closed.totals, closed.by_phone, closed.oldest_s), True

        is_new = False
        try:
            closed, is_new = await self._house.record(work)
        finally:
            if not is_new:
                refused.update(counted)
        assert closed.entry is not None, "it was written"
        self._last = split_reference(closed.entry)
        return closed

    async def look(self) -> Closed:
        """The same sums, without closing."""
        counted = Counter(self._redeemer.refused)
        return await self._house.look(lambda book: _sum(book, counted))

    async def find(self, reference: str) -> Closed:
        """A close of before, as its entry says it; `not-found`."""
        try:
            key = split_reference(reference)
        except PaperError as error:
            raise _no_close(reference) from error
        return await self._house.look(lambda book: _read(book, reference, key))


def _write(book: Book, totals: Mapping[str, object]) -> str:
    """The reference of the first entry."""
    rows = totals["rows"]
    assert isinstance(rows, list), "they were counted"
    entry = first = _append(book, {**totals, "rows": rows[:MAX_ROWS]})
    for start in range(MAX_ROWS, len(rows), MAX_ROWS):
        nothing: dict[str, object] = {"voids": 0, "refunds": [], "refused": {}}
        entry = _append(book, {**totals, **nothing, "from": entry.reference, "rows": rows[start : start + MAX_ROWS]})
    return first.reference


def _append(book: Book, totals: Mapping[str, object]) -> Entry:
    entry = book.append("close", {"totals": totals})
    closing.note(book.db, (entry.incarnation, entry.seq))
    return entry


def _sum(book: Book, refused: Counter[str]) -> Closed:
    since = closing.since_last(book.db)
    totals: dict[str, object] = {
        "from": since.reference,
        "rows": since.rows,
        "voids": sum(undone.voids for undone in since.undone),
        "refunds": since.refunds,
        "owed": since.owed,
        "refused": {code: count for code, count in sorted(refused.items()) if count},
        "unsynced": since.unsynced,
    }
    return Closed(None, book.at, totals, tuple(since.undone), _age(book.at.lo, since.oldest_lo))


def _read(book: Book, reference: str, key: tuple[int, int]) -> Closed:
    leaf = closing.leaf(book.db, key)
    if leaf is None:
        raise _no_close(reference)
    entry = entries.read(leaf)
    totals = entry.fields["totals"]
    assert isinstance(totals, dict), "a close entry was read"
    begin = totals["from"]
    after = closing.place(book.db, split_reference(begin)) if isinstance(begin, str) else closing.BEGINNING
    undone = closing.undone(book.db, after, closing.place(book.db, key))
    return Closed(reference, entry.time, totals, tuple(undone), _age(entry.time.lo, closing.oldest_lo(book.db)))


def _age(now: int, oldest_lo: int | None) -> int:
    return max(0, now - oldest_lo) if oldest_lo else 0


def _no_close(reference: str) -> RequestError:
    return RequestError("not-found", f"The day was not closed under {reference[:40]}.", status_hint=404)
