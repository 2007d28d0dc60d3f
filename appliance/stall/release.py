"""Gives numbers up, so that the creator can move them to another box (FORMATS §2.3). They are never sold here again
unless a later allotment gives them back."""

from __future__ import annotations

from appliance.core.allotment import numbers_of, ranges_of
from appliance.core.documents import ranges
from appliance.errors import PaperError, RequestError, SaleError
from appliance.stall.catalogue import Catalogue
from appliance.stall.house import House
from appliance.store import numbers
from appliance.store.ledger import Book

MAX_RANGES = 1000  # what one entry holds


class Release:
    def __init__(self, house: House, catalogue: Catalogue) -> None:
        self._house = house
        self._catalogue = catalogue

    async def release(self, slug: str, spans: list[list[int]]) -> str:
        """Releases inclusive ranges of free numbers, all or none; the entry's reference, which the creator needs.

        The second place remembers the highest of them as if it were sold: were the ledger lost, so would be the
        memory that they are gone.
        """
        held = self._catalogue.by_slug(slug)
        new = held.manifest
        if new.size is None:
            raise SaleError("not-allotted", f"“{new.title}” is an open edition: it has no numbers.")
        try:
            given = sorted(numbers_of(ranges("ranges", spans, new.size)))  # type: ignore[arg-type]  # it checks
        except PaperError as error:
            raise RequestError("bad-request", f"Write ranges like 41-50, inside 1 to {new.size}.") from error
        if not given:
            raise RequestError("bad-request", "Say which numbers.")
        if len(ranges_of(given)) > MAX_RANGES:
            raise RequestError("bad-request", f"Release at most {MAX_RANGES} separate ranges at once.")
        stated = held.epochs.stated_released(self._house.box_id) if held.epochs else {}

        def work(book: Book) -> str:
            if kept := numbers.release(book.db, new.drop, given, stated):
                raise SaleError(
                    "not-allotted", f"Number {kept[0]} is not free on this box: nothing was released. Leave it out."
                )
            book.sold(new.drop, given[-1])
            return book.append("release", {"drop": new.drop, "ranges": ranges_of(given)}).reference

        return await self._house.record(work)
