"""One copy changes hands: number, certificate, entry and claim, inside the transaction that the caller has opened.

The same for cash, card, token and voucher. Whether it may be sold was judged before.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import certificate, claim, documents
from appliance.core.clock import Stamp
from appliance.core.entries import reference
from appliance.core.manifest import Manifest, Price
from appliance.core.sale import Payment
from appliance.errors import SaleError
from appliance.stall.catalogue import HeldDrop
from appliance.stall.guesses import MOST_DIGITS, Guesses
from appliance.stall.house import House, draw_bytes, draw_digits
from appliance.store import numbers, sales
from appliance.store.ledger import Book
from appliance.store.rows import SaleRow

DRAWS = 20  # of pickup numbers of one length, before it is found too short


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


@dataclass(frozen=True, slots=True)
class Terms:
    """How one copy is paid, as its `sale` entry says it (FORMATS §5)."""

    group: str
    price: Price
    payment: Payment
    discount_reason: str | None = None
    payment_ref: str | None = None
    tier: str | None = None
    marked: bool = False
    token: dict[str, object] | None = None
    owed: str | None = None


class Copies:
    def __init__(self, house: House, guesses: Guesses) -> None:
        self._house = house
        self._guesses = guesses

    def sell(self, book: Book, held: HeldDrop, terms: Terms) -> Sold:
        """Takes the lowest free number and records the sale with its claim. `sold-out`, `not-allotted`."""
        new = held.manifest
        number, line = self._take(book, new)
        code = claim.make_code(self._house.box_id, draw_bytes(9))
        fields = _entry(new, number, line, terms, code)
        entry = book.append("sale", fields)
        key = (entry.incarnation, entry.seq)
        sales.insert(book.db, key, fields, book.at.lo)
        pickup = self.free_pickup(book)
        ends_ms = book.running_ms + new.lifetime * 1000
        waiting = sales.NewClaim(code, claim.claim_hash(code), ends_ms, new.byte_budget, pickup)
        sales.insert_claim(book.db, key, waiting, book.running_ms)
        if number is None:
            sales.freeze(book.db, key, {"certificate.json": line})
        else:
            book.sold(new.drop, number)
        return Sold(
            sale=entry.reference,
            group=terms.group,
            drop=new.drop,
            slug=new.slug,
            title=new.title,
            number=number,
            of=new.size,
            price=terms.price.id,
            price_title=terms.price.title,
            hand_over=terms.price.hand_over,
            paid=terms.payment.paid,
            currency=new.currency,
            claim=code,
            url=claim.link(self._house.settings.web.base, code),
            pickup=pickup,
            ends=book.at.lo + new.lifetime,
        )

    def again(self, row: SaleRow, manifest: Manifest, pickup: str | None, at: Stamp) -> Sold:
        """A copy that was sold before, to be shown once more."""
        price = manifest.price(row.price)
        return Sold(
            sale=reference(*row.key),
            group=row.group,
            drop=row.drop,
            slug=manifest.slug,
            title=manifest.title,
            number=row.number,
            of=manifest.size,
            price=row.price,
            price_title=price.title if price else row.price,
            hand_over=price.hand_over if price else None,
            paid=row.paid,
            currency=row.currency,
            claim=row.code,
            url=claim.link(self._house.settings.web.base, row.code),
            pickup=pickup,
            ends=at.lo + max(0, row.ends_ms - self._house.ledger.running_ms(at)) // 1000,
        )

    def waiting_pickup(self, book: Book, row: SaleRow) -> str | None:
        """The pickup number under which a claim waits; a fresh one where it does not, or not for a minute more."""
        if row.pickup is not None and row.pickup_until - book.running_ms >= sales.PICKUP_MS // 2:
            return row.pickup
        return self.fresh_pickup(book, row.key)

    def fresh_pickup(self, book: Book, key: tuple[int, int]) -> str | None:
        """A pickup number for a claim that was not opened yet, good for two minutes."""
        pickup = self.free_pickup(book)
        sales.show_again(book.db, key, pickup, book.running_ms)
        return pickup

    def free_pickup(self, book: Book) -> str | None:
        """A pickup number that no waiting claim has: a longer one, and at last none, where nearly all are taken."""
        lengths = (self._guesses.pickup_digits, MOST_DIGITS)
        drawn = (draw_digits(length) for length in lengths for _ in range(DRAWS))
        return sales.free_pickup(book.db, book.running_ms, drawn)

    def _take(self, book: Book, new: Manifest) -> tuple[int | None, bytes]:
        """The lowest free number with its certificate; in an open edition a certificate signed by the box."""
        if not new.numbered:
            incarnation, seq = book.next_key
            copy = certificate.open_copy(new.drop, new.title, self._house.box_id, incarnation, seq)
            return None, certificate.issue(copy, self._house.key, book.at.lo)
        taken = numbers.take_lowest(book.db, new.drop)
        if taken is None:
            raise nothing_left(book, new)
        return taken


def has_numbers(book: Book, new: Manifest, copies: int = 1) -> bool:
    """Whether so many copies could be sold now."""
    return not new.numbered or numbers.has_free(book.db, new.drop, copies)


def nothing_left(book: Book, new: Manifest) -> SaleError:
    """Why there are not enough numbers: few left, sold out, blocked, or never given any."""
    counts = numbers.count(book.db, new.drop)
    if free := counts.get("free"):
        return SaleError("sold-out", f"“{new.title}”: only {free} left on this box.")
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
    gone = sum(counts.values()) - counts.get("away", 0)
    if not gone:
        return SaleError("sold-out", f"“{new.title}”: this box has given its numbers up. Ask for another allotment.")
    return SaleError("sold-out", f"“{new.title}” is sold out on this box: all {gone} numbers are gone.")


def _entry(new: Manifest, number: int | None, line: bytes, terms: Terms, code: str) -> dict[str, object]:
    payment = terms.payment
    return {
        "group": terms.group,
        "drop": new.drop,
        "version": new.version,
        "price": terms.price.id,
        "number": number,
        "certificate": documents.digest(line),
        "amount": payment.amount,
        "discount": payment.discount,
        "discount_reason": terms.discount_reason if payment.discount else None,
        "tip": payment.tip,
        "currency": new.currency,
        "method": payment.method.value,
        "tier": terms.tier,
        "marked": terms.marked,
        "token": terms.token,
        "owed": terms.owed,
        "claim": claim.claim_hash(code),
        "payment_ref": terms.payment_ref,
    }
