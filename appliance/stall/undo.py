"""What undoes a sale: void, which ends its claim, and refund, which notes that money was given back. Once each."""

from __future__ import annotations

from appliance.core.entries import split_reference
from appliance.core.sale import reason_of
from appliance.errors import PaperError, RequestError, SaleError
from appliance.stall.catalogue import Catalogue
from appliance.stall.house import House
from appliance.stall.pin import Pin
from appliance.store import numbers, sales, tokens
from appliance.store.ledger import Book


class Undo:
    def __init__(self, house: House, catalogue: Catalogue, pin: Pin) -> None:
        self._house = house
        self._catalogue = catalogue
        self._pin = pin

    async def void(self, sale: str, reason: str, *, by: int | None, is_burning: bool = True) -> bool:
        """Ends a sale's claim. True: its number may be sold again; False: it was opened, the number is burnt.

        Unless `is_burning`, a sale that was opened is left alone: SaleError `already-opened`.
        """
        reason, key = checked_reason(reason), sale_key(sale)

        def work(book: Book) -> bool:
            standing = sales.standing(book.db, key)
            if standing is None:
                raise unknown_sale(sale)
            if standing.voided:
                raise SaleError("already-void", f"Sale {sale} was voided before. Nothing was changed.")
            returned = not standing.opened
            if not (returned or is_burning):
                raise SaleError("already-opened", "The buyer has the files already. Void or refund it on the console.")
            book.append("void", {"sale": sale, "reason": reason, "returned": returned, "by": by})
            sales.void(book.db, key, returned)
            if standing.number is not None:
                self._give_back(book, standing.drop, standing.number, standing.opened)
            return returned

        return await self._house.record(work)

    def _give_back(self, book: Book, drop: str, number: int, opened: bool) -> None:
        """To the stock, unless an epoch has moved the number away while it was sold."""
        numbers.give_back(book.db, drop, number, opened)
        held = self._catalogue.by_id(drop)
        if held is not None and held.epochs is not None:
            box = self._house.box_id
            numbers.allot(book.db, drop, held.epochs.current.numbers(box), held.epochs.stated_released(box))

    async def refund(self, sale: str, amount: int | None, reason: str, *, by: int | None, pin: str | None) -> int:
        """Notes that money was given back, for a sale or for what is owed, once; the amount in minor units.

        A void sale counts for nothing already: SaleError `already-void`.

        `amount` None: all that was paid; 0 only where that is all, which ends what is owed for nothing. Above the
        settings' limit the PIN is asked for (`pin-wrong`).
        """
        reason, key = checked_reason(reason), sale_key(sale)

        def work(book: Book) -> int:
            paid = tokens.paid(book.db, key)
            if paid is None:
                raise unknown_sale(sale)
            if paid.is_refunded:
                raise SaleError("already-refunded", f"Sale {sale} was paid back before. Nothing was changed.")
            if paid.is_void:
                raise SaleError("already-void", f"Sale {sale} is void: it counts as paid back. Nothing was changed.")
            if paid.has_ended:
                raise SaleError("unknown-sale", f"What was owed under {sale} has been handed out as a sale.")
            given = paid.amount if amount is None else amount
            if not min(1, paid.amount) <= given <= paid.amount:
                raise RequestError("bad-request", "More than nothing and at most what was paid can be given back.")
            self._pin.check(given, pin)
            entry = book.append("refund", {"sale": sale, "amount": given, "reason": reason, "by": by})
            tokens.refund(book.db, key, given, paid.currency, by, (entry.incarnation, entry.seq))
            return given

        return await self._house.record(work)


def checked_reason(reason: str) -> str:
    """The reason as entries hold it; `bad-request` where there is none or it is too long."""
    said = reason_of(reason)
    if not said:
        raise RequestError("bad-request", "Say why: the reason goes into the log.")
    return said


def sale_key(sale: str) -> tuple[int, int]:
    """Incarnation and seq of a reference; `unknown-sale` for any other text."""
    try:
        return split_reference(sale)
    except PaperError as error:
        raise unknown_sale(sale) from error


def unknown_sale(sale: str) -> SaleError:
    return SaleError("unknown-sale", f"This box has no sale {sale[:40]}.", status_hint=404)
