"""What is owed: a payment that was taken and got no copy. It ends once, by a sale here or by a refund (`undo`).

FORMATS §5, `owed`. Remembers beside the entry how the payment was judged, so that the sale that ends it says the same.
"""

from __future__ import annotations

from appliance.core.entries import reference, split_reference
from appliance.core.manifest import Price
from appliance.core.sale import Method, Payment
from appliance.errors import SaleError
from appliance.stall.catalogue import Catalogue, HeldDrop
from appliance.stall.copies import Copies, Sold, Terms
from appliance.stall.house import House
from appliance.stall.questions import override
from appliance.stall.sell import check_sellable, new_group
from appliance.stall.undo import sale_key, unknown_sale
from appliance.store import attachments, sales, tokens
from appliance.store.ledger import Book
from appliance.store.rows import OwedRow


class Debts:
    def __init__(self, house: House, catalogue: Catalogue, copies: Copies) -> None:
        self._house = house
        self._catalogue = catalogue
        self._copies = copies

    def owe(self, book: Book, held: HeldDrop, terms: Terms) -> str:
        """Takes the token of these terms although there is nothing to give: the reference of the `owed` entry."""
        assert terms.token is not None, "only who paid with a token is owed a copy"
        drop, currency = held.manifest.drop, held.manifest.currency
        fields = {
            "token": terms.token,
            "drop": drop,
            "price": terms.price.id,
            "amount": terms.payment.paid,
            "currency": currency,
        }
        entry = book.append("owed", fields)
        debt = OwedRow(
            key=(entry.incarnation, entry.seq),
            issuer=str(terms.token["issuer"]),
            cti=str(terms.token["cti"]),
            sha256=str(terms.token["sha256"]),
            drop=drop,
            price=terms.price.id,
            amount=terms.payment.paid,
            currency=currency,
            lo=book.at.lo,
            has_ended=0,
            list_price=terms.payment.amount,
            discount_reason=terms.discount_reason,
            method=terms.payment.method.value,
            tier=str(terms.tier),
            marked=int(terms.marked),
        )
        tokens.spend(book.db, debt.issuer, debt.cti, debt.key)
        tokens.owe(book.db, debt)
        return entry.reference

    async def serve(self, owed: str, *, by: int | None) -> Sold:
        """Hands out what is owed, now that there is a number: a sale that ends it. `sold-out` while there is none.

        A repetition gets the same copy. `unknown-sale` where it was paid back instead, or that sale was voided.
        An option's stock does not stand in the way: that `by` gave the copy out all the same is an entry.
        """
        key = sale_key(owed)

        def work(book: Book) -> Sold:
            debt = tokens.owed(book.db, key)
            if debt is None:
                raise unknown_sale(owed)
            if debt.has_ended:
                return self._served(book, debt)
            held = self._catalogue.by_id(debt.drop)
            price = held.option(debt.price) if held else None
            if held is None or price is None:
                raise SaleError(
                    "unknown-drop", "The drop that is owed is not on this box any more: pay the money back."
                )
            check_sellable(held, self._catalogue)
            terms = _terms(debt, price)
            if price.stock is not None and sales.sold_under(book.db, debt.drop, price.id) >= price.stock:
                override(book, "stock", "accepted", by, terms.token)
            sold = self._copies.sell(book, held, terms)
            tokens.end_owed(book.db, key)
            attachments.move_token(book.db, key, split_reference(sold.sale))
            return sold

        return await self._house.record(work)

    def _served(self, book: Book, debt: OwedRow) -> Sold:
        """The copy that was handed out for it before."""
        sale = tokens.served(book.db, debt.key)
        row = sales.sale(book.db, sale) if sale else None
        held = self._catalogue.by_id(debt.drop)
        manifest = held.version(row.version) if held and row else None
        if row is None or row.voided or manifest is None:
            raise SaleError("unknown-sale", "This is settled: it was paid back, or its sale was voided.")
        book.promise(row.key)
        pickup = None if row.opened else self._copies.waiting_pickup(book, row)
        return self._copies.again(row, manifest, pickup, book.at)


def _terms(debt: OwedRow, price: Price) -> Terms:
    """The terms of the sale that ends a debt: as they were judged when the token was taken."""
    less, more = max(0, debt.list_price - debt.amount), max(0, debt.amount - debt.list_price)
    return Terms(
        group=new_group(),
        price=price,
        payment=Payment(debt.list_price, less, more, Method(debt.method)),
        discount_reason=debt.discount_reason,
        tier=debt.tier,
        marked=bool(debt.marked),
        token={"issuer": debt.issuer, "cti": debt.cti, "sha256": debt.sha256},
        owed=reference(*debt.key),
    )
