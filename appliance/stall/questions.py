"""What only the stall owner can answer, and the entries that say so: an uncertain window, blocked numbers."""

from __future__ import annotations

from appliance.stall.house import House
from appliance.store import numbers
from appliance.store.ledger import Book


class Questions:
    def __init__(self, house: House) -> None:
        self._house = house
        self._is_window_confirmed = False  # since the box started: asked once per boot (FORMATS §3, Window)

    @property
    def is_window_confirmed(self) -> bool:
        return self._is_window_confirmed

    async def confirm_window(self, *, by: int | None) -> None:
        """The stall owner says that the sale is open now, although the box is not sure of the time."""
        await self._house.record(lambda book: override(book, "window", "open", by))
        self._is_window_confirmed = True

    async def discard_blocked(self, *, by: int | None) -> int:
        """The stall owner says that blocked numbers were not sold: how many are free again."""

        def work(book: Book) -> int:
            override(book, "discard-blocked", "not sold", by)
            return numbers.discard_blocks(book.db)

        return await self._house.record(work)


def override(book: Book, what: str, answer: str, by: int | None, token: dict[str, object] | None = None) -> None:
    """Appends the stall owner's word."""
    book.append("override", {"what": what, "sale": None, "token": token, "answer": answer, "by": by})
