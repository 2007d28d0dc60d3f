"""The close of the day: what was sold since the last one, as a signed entry. It is not a fiscal record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from appliance.core.clock import Stamp
from appliance.stall.house import House
from appliance.stall.redeem import Redeemer
from appliance.store import closing
from appliance.store.ledger import Book


@dataclass(frozen=True, slots=True)
class ByPhone:
    """Voids and refunds that one paired phone made; None: at the box itself."""

    phone: int | None
    voids: int
    refunds: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A close: its entry, and its totals as the entry says them (FORMATS §5, `close`)."""

    entry: str | None  # None: a look before closing
    at: Stamp
    totals: dict[str, object]
    by_phone: tuple[ByPhone, ...]
    oldest_s: int


class Close:
    def __init__(self, house: House, redeemer: Redeemer) -> None:
        self._house = house
        self._redeemer = redeemer

    async def close(self) -> Closed:
        """Appends the `close` entry over everything since the last one; all counts are of one transaction."""
        refused = self._redeemer.refused
        counted = Counter(refused)

        def work(book: Book) -> Closed:
            closed = self._sum(book, counted)
            entry = book.append("close", {"totals": closed.totals})
            closing.note(book.db, (entry.incarnation, entry.seq))
            return Closed(entry.reference, closed.at, closed.totals, closed.by_phone, closed.oldest_s)

        closed = await self._house.record(work)
        refused.subtract(counted)
        return closed

    async def look(self) -> Closed:
        """The same sums, without closing."""
        return await self._house.record(lambda book: self._sum(book, Counter(self._redeemer.refused)))

    def _sum(self, book: Book, refused: Counter[str]) -> Closed:
        since = closing.since_last(book.db)
        totals: dict[str, object] = {
            "from": since.reference,
            "rows": since.rows,
            "voids": sum(count for _, count in since.voids),
            "refunds": since.refunds,
            "owed": since.owed,
            "refused": {code: count for code, count in sorted(refused.items()) if count},
            "unsynced": since.unsynced,
        }
        phones = {phone for phone, _ in since.voids} | {phone for phone, _ in since.refunds_by}
        voids, refunds = dict(since.voids), dict(since.refunds_by)
        by_phone = tuple(
            ByPhone(phone, voids.get(phone, 0), refunds.get(phone, 0))
            for phone in sorted(phones, key=lambda phone: -1 if phone is None else phone)
        )
        return Closed(None, book.at, totals, by_phone, max(0, book.at.lo - since.oldest_lo) if since.oldest_lo else 0)
