"""A sale for cash or card: judged, recorded in one transaction, and only then shown to anybody.

Also what undoes or allows one: void, and the stall owner's answers to an uncertain window and to blocked numbers.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass

from appliance.core import certificate, claim, documents
from appliance.core.entries import split_reference
from appliance.core.manifest import Manifest, Price
from appliance.core.sale import (
    Order,
    Payment,
    check_order,
    check_papers,
    check_stock,
    check_window,
    payments,
    price_of,
)
from appliance.errors import PaperError, SaleError
from appliance.stall.catalogue import Catalogue, HeldDrop
from appliance.stall.guesses import Guesses
from appliance.stall.house import House, draw_bytes, draw_digits
from appliance.store import answers, numbers, sales
from appliance.store.ledger import Book
from appliance.weblib.idempotency import Key

MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class Sold:
    """One copy sold, as its buyer and the stall owner need it. `ends`: Unix seconds by the box's clock."""

    sale: str
    group: str
    drop: str
    slug: str
    title: str
    number: int | None
    of: int | None
    price: str
    price_title: str
    hand_over: str | None
    paid: int
    currency: str
    claim: str
    url: str
    pickup: str | None
    ends: int


class Seller:
    def __init__(self, house: House, catalogue: Catalogue, guesses: Guesses) -> None:
        self._house = house
        self._catalogue = catalogue
        self._guesses = guesses
        self._window_confirmed = False  # for this boot of the box: asked once (FORMATS §3, Window)

    async def sell(self, order: Order, *, key: Key | None = None) -> tuple[Sold, ...]:
        """Sells `order.quantity` copies under one group, all or none.

        A repetition with the same key gets the first answer. SaleError, RequestError or StoreError otherwise.
        """
        check_order(order)

        def work(book: Book) -> tuple[Sold, ...]:
            if key is not None and (answer := answers.find(book.db, key)) is not None:
                return tuple(Sold(**sold) for sold in json.loads(answer))
            sold = self._sell(book, order)
            if key is not None:
                answers.keep(book.db, key, json.dumps([asdict(one) for one in sold]), book.running_ms)
            return sold

        return await self._house.record(work)

    def _sell(self, book: Book, order: Order) -> tuple[Sold, ...]:
        """The story of a sale: everything is judged, then each copy is recorded."""
        held = self._catalogue.by_slug(order.slug)
        new = held.manifest
        price = price_of(new, order)
        paid = payments(order, price)
        self._check_sellable(held)
        check_papers(new, book.at)
        check_window(new, book.at, self._window_confirmed)
        if price.stock is not None:
            check_stock(new, price, sales.sold_under(book.db, new.drop, price.id), order.quantity)
        group = str(uuid.UUID(bytes=draw_bytes(16), version=4))
        return tuple(self._record(book, held, price, payment, order, group) for payment in paid)

    def _check_sellable(self, held: HeldDrop) -> None:
        if held.refusal is not None:
            raise SaleError("not-ready", f"“{held.manifest.title}” is not sold now: {held.refusal.detail}")
        if missing := self._catalogue.missing(held.manifest):
            raise SaleError(
                "not-ready",
                f"“{held.manifest.title}” cannot be sold: {len(missing)} of its files are damaged. "
                "Bring its bundle again.",
                status_hint=503,
            )

    def _record(self, book: Book, held: HeldDrop, price: Price, payment: Payment, order: Order, group: str) -> Sold:
        """Number, entry, claim: one copy, inside the transaction."""
        new, house = held.manifest, self._house
        number, line = self._copy(book, held)
        code = claim.make_code(house.box_id, draw_bytes(9))
        fields: dict[str, object] = {
            "group": group,
            "drop": new.drop,
            "version": new.version,
            "price": price.id,
            "number": number,
            "certificate": documents.digest(line),
            "amount": payment.amount,
            "discount": payment.discount,
            "discount_reason": (order.discount_reason or "").strip() if payment.discount else None,
            "tip": payment.tip,
            "currency": new.currency,
            "method": payment.method.value,
            "tier": None,
            "marked": False,
            "token": None,
            "owed": None,
            "claim": claim.claim_hash(code),
            "payment_ref": order.payment_ref,
        }
        entry = book.append("sale", fields)
        key = (entry.incarnation, entry.seq)
        pickup = sales.free_pickup(book.db, book.running_ms, lambda: draw_digits(self._guesses.pickup_digits))
        ends_ms = book.running_ms + new.lifetime * 1000
        sales.insert(book.db, key, fields, book.at.lo)
        waiting = sales.NewClaim(code, claim.claim_hash(code), ends_ms, new.byte_budget, pickup)
        sales.insert_claim(book.db, key, waiting, book.running_ms)
        if number is None:
            sales.freeze(book.db, key, {"certificate.json": line})
        else:
            book.sold(new.drop, number)
        return Sold(
            sale=entry.reference,
            group=group,
            drop=new.drop,
            slug=new.slug,
            title=new.title,
            number=number,
            of=new.size,
            price=price.id,
            price_title=price.title,
            hand_over=price.hand_over,
            paid=payment.paid,
            currency=new.currency,
            claim=code,
            url=claim.link(house.settings.web.base, code),
            pickup=pickup,
            ends=book.at.lo + new.lifetime,
        )

    def _copy(self, book: Book, held: HeldDrop) -> tuple[int | None, bytes]:
        """The lowest free number with its certificate; in an open edition a certificate signed by the box."""
        new = held.manifest
        if not new.numbered:
            incarnation, seq = book.next_key
            copy = certificate.open_copy(new.drop, new.title, self._house.box_id, incarnation, seq)
            return None, certificate.issue(copy, self._house.key, book.at.lo)
        taken = numbers.take_lowest(book.db, new.drop)
        if taken is None:
            raise _nothing_left(book, new)
        return taken

    async def void(self, sale: str, reason: str, *, by: int | None) -> bool:
        """Ends a sale's claim. True: its number may be sold again; False: it was opened, the number is burnt."""
        reason = reason.strip()
        if not 1 <= len(reason) <= MAX_REASON:
            raise SaleError("bad-request", f"Say why, in at most {MAX_REASON} characters.", status_hint=400)
        key = sale_key(sale)

        def work(book: Book) -> bool:
            standing = sales.standing(book.db, key)
            if standing is None:
                raise unknown_sale(sale)
            if standing.voided:
                raise SaleError("already-void", f"Sale {sale} was voided before. Nothing was changed.")
            returned = not standing.opened
            book.append("void", {"sale": sale, "reason": reason, "returned": returned, "by": by})
            sales.void(book.db, key, returned)
            if standing.number is not None:
                numbers.give_back(book.db, standing.drop, standing.number, standing.opened)
            return returned

        return await self._house.record(work)

    async def confirm_window(self, *, by: int | None) -> None:
        """The stall owner says that the sale is open now, although the box is not sure of the time."""
        await self._house.record(lambda book: _override(book, "window", "open", by))
        self._window_confirmed = True

    async def discard_blocked(self, *, by: int | None) -> int:
        """The stall owner says that blocked numbers were not sold: how many are free again."""

        def work(book: Book) -> int:
            _override(book, "discard-blocked", "not sold", by)
            return numbers.discard_blocks(book.db)

        return await self._house.record(work)

    @property
    def window_confirmed(self) -> bool:
        return self._window_confirmed


def sale_key(sale: str) -> tuple[int, int]:
    """Incarnation and seq of a reference; `unknown-sale` for any other text."""
    try:
        return split_reference(sale)
    except PaperError as error:
        raise unknown_sale(sale) from error


def unknown_sale(sale: str) -> SaleError:
    return SaleError("unknown-sale", f"This box has no sale {sale[:40]}.", status_hint=404)


def _override(book: Book, what: str, answer: str, by: int | None) -> None:
    book.append("override", {"what": what, "sale": None, "token": None, "answer": answer, "by": by})


def _nothing_left(book: Book, new: Manifest) -> SaleError:
    counts = numbers.count(book.db, new.drop)
    if not counts:
        return SaleError(
            "not-allotted", f"This box was given no numbers of “{new.title}”. Ask the organizer for an allotment."
        )
    if blocked := counts.get("blocked"):
        return SaleError(
            "sold-out",
            f"“{new.title}”: {blocked} numbers are blocked, since this box lost a part of its history and they may "
            "have been sold. The console asks you about them.",
        )
    return SaleError("sold-out", f"“{new.title}” is sold out on this box: all {sum(counts.values())} numbers are gone.")
