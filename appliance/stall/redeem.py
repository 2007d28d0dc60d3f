"""A payment token is redeemed: once, in one transaction, and the same token again gives the same claim.

The order is FORMATS §3's. A refusal of a token whose signature holds is an entry, once; all else is only counted.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from appliance.core.clock import Stamp
from appliance.core.entries import reference, split_reference
from appliance.core.manifest import Manifest, Price
from appliance.core.redeem import Circumstances, Judged, Tier, check_place, find_issuer, judge
from appliance.core.sale import Method, Payment
from appliance.core.token import SignedToken, Token, read, strip_link
from appliance.core.trust import Issuer
from appliance.errors import RequestError, SaleError
from appliance.stall.catalogue import Catalogue, HeldDrop
from appliance.stall.copies import Copies, Sold, Terms, has_numbers, nothing_left
from appliance.stall.house import House
from appliance.stall.offers import Offers
from appliance.stall.questions import Questions, override
from appliance.stall.sell import check_sellable, new_group
from appliance.stall.timekeeping import note_clock
from appliance.stall.undo import sale_key, unknown_sale
from appliance.store import answers, sales, tokens
from appliance.store.ledger import Book
from appliance.store.rows import OwedRow, SaleRow
from appliance.weblib.idempotency import Key

OVERRIDABLE = frozenset({"clock", "window", "price", "stock"})
_NOT_NOTED = frozenset({"not-ready", "owed"})


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A token that gave a claim, now or before (`again`)."""

    sold: Sold
    tier: str | None
    marked: bool
    again: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What a token would buy; `redeemed` where it has. `lacks`: why there is no copy for it now, if so."""

    title: str
    slug: str
    price_title: str
    paid: int
    currency: str
    redeemed: bool
    lacks: str | None = None


@dataclass(frozen=True, slots=True)
class _Living:
    """A sale that a token gave before, whose claim lives."""

    row: SaleRow
    manifest: Manifest


class Redeemer:
    def __init__(
        self,
        house: House,
        catalogue: Catalogue,
        copies: Copies,
        offers: Offers,
        questions: Questions,
        began: Stamp | None,
    ) -> None:
        self._house = house
        self._catalogue = catalogue
        self._copies = copies
        self._offers = offers
        self._questions = questions
        self._began = began  # when this incarnation began, unless it is the first
        self.refused: Counter[str] = Counter()  # by code, since the last close

    async def redeem(
        self, text: str, *, by: int | None = None, allowed: frozenset[str] = frozenset(), key: Key | None = None
    ) -> Redeemed:
        """Redeems a token, or a link to one. `allowed`: what a paired phone overrides (`clock window price stock`).

        SaleError with a code of FORMATS §9. The same token again gives the same claim while that lives; with the
        same `key` the very answer of the first time.
        """
        if not allowed <= OVERRIDABLE:
            raise RequestError("bad-request", f"Only {', '.join(sorted(OVERRIDABLE))} can be overridden.")
        try:
            signed, issuer = self._verified(text)
            outcome = await self._house.record(lambda book: self._once(book, signed, issuer, by, allowed, key))
            if isinstance(outcome, SaleError):
                raise outcome
        except SaleError as refusal:
            if refusal.code != "owed":
                self.refused[refusal.code] += 1
            raise
        await self._hear_time(signed.token)
        return outcome

    async def _hear_time(self, token: Token) -> None:
        """When a token was signed has passed, if its issuer is one whose clock is believed (FORMATS §3)."""
        house, chain = self._house, self._catalogue.chain
        assert chain is not None, "an issuer was found in it"
        if any(issuer.time and issuer.key.id == token.issuer for issuer in chain.current.issuers):
            house.clock.hear_issuer(token.issuer, token.issued, chain.current.expires)
            await note_clock(house)

    async def look(self, text: str) -> Shown:
        """What the token would buy if it were redeemed now, or the refusal it would get; nothing is changed.

        Of a token that would be owed it says what is lacking: that one is not noted before it is redeemed.
        """
        signed, issuer = self._verified(text)
        return await self._house.look(lambda book: self._look(book, signed, issuer))

    def _look(self, book: Book, signed: SignedToken, issuer: Issuer) -> Shown:
        before = self._before(book, signed)
        if isinstance(before, SaleError):
            raise before
        if before is not None:
            sold = self._copies.again(before.row, before.manifest, None, book.at)
            return Shown(sold.title, sold.slug, sold.price_title, sold.paid, sold.currency, redeemed=True)
        held, judged = self._judge(book, signed, issuer, frozenset())
        new, paid = judged.manifest, judged.payment.paid
        lacks = _owed_because(book, held, judged)
        return Shown(new.title, new.slug, judged.price.title, paid, new.currency, redeemed=False, lacks=lacks)

    def _verified(self, text: str) -> tuple[SignedToken, Issuer]:
        signed = read(strip_link(text))
        return signed, find_issuer(signed, self._catalogue.chain)

    def _once(
        self,
        book: Book,
        signed: SignedToken,
        issuer: Issuer,
        by: int | None,
        allowed: frozenset[str],
        key: Key | None,
    ) -> Redeemed | SaleError:
        """The answer that `key` was given before, or a redemption whose answer it keeps."""
        if key is not None and (answer := answers.find(book.db, key)) is not None:
            return _kept(answer)
        outcome = self._redeem(book, signed, issuer, by, allowed)
        if key is not None and isinstance(outcome, Redeemed):
            answers.keep(book.db, key, json.dumps(asdict(outcome)), book.running_ms)
        return outcome

    def _redeem(
        self, book: Book, signed: SignedToken, issuer: Issuer, by: int | None, allowed: frozenset[str]
    ) -> Redeemed | SaleError:
        """The story of a redemption, inside the transaction."""
        before = self._before(book, signed)
        if isinstance(before, SaleError):
            return self._noted(book, signed, before)
        if before is not None:
            return self._again(book, before)
        try:
            held, judged = self._judge(book, signed, issuer, allowed)
        except SaleError as refusal:
            return self._noted(book, signed, refusal)
        for what in judged.overridden:
            override(book, what, "accepted", by, _named(signed))
        why = _owed_because(book, held, judged)
        if why is not None:
            return self._owe(book, signed, why)
        sold = self._copies.sell(book, held, _terms(signed, judged))
        tokens.spend(book.db, *signed.token.id, split_reference(sold.sale))
        return Redeemed(sold, judged.tier.value, judged.is_marked, again=False)

    def _judge(
        self, book: Book, signed: SignedToken, issuer: Issuer, allowed: frozenset[str]
    ) -> tuple[HeldDrop, Judged]:
        token, chain = signed.token, self._catalogue.chain
        assert chain is not None, "an issuer was found in it"
        issuer = check_place(token, issuer, chain, self._house.box_id)
        held = self._catalogue.by_id(token.drop)
        if held is None:
            raise SaleError(
                "unknown-drop",
                "This pays for a drop that is not on this box. Once the stall has its bundle, try again.",
            )
        now = Circumstances(
            at=book.at,
            offer_age_ms=self._offers.age_ms(token),
            restarted=self._began,
            by_issuer=tokens.by_issuer(book.db, token.issuer) if issuer.max_count is not None else 0,
            is_window_confirmed=self._questions.is_window_confirmed,
            discount_reason=tokens.discount(book.db, token.nonce) if token.nonce is not None else None,
            allowed=allowed,
        )
        drop = held.manifest.drop
        judged = judge(token, issuer, held.versions, now, lambda price: sales.sold_under(book.db, drop, price))
        check_sellable(
            held, self._catalogue
        )  # the last word: nobody brings a bundle for a token that is refused anyway
        return held, judged

    def _before(self, book: Book, signed: SignedToken) -> _Living | SaleError | None:
        """What became of this token when it was here before: a claim that lives, or why it pays for nothing more."""
        spent = tokens.find(book.db, *signed.token.id)
        if spent is None:
            return None
        if spent.sale is None:
            if spent.is_refunded:
                return SaleError("spent", "This was paid back, since there was no copy left. It pays for nothing more.")
            return _still_owed(reference(*spent.entry))
        row = sales.sale(book.db, spent.sale)
        assert row is not None, "a spent token has a sale"
        if row.voided or row.ends_ms <= book.running_ms:
            return _spent(row)
        held = self._catalogue.by_id(row.drop)
        manifest = held.version(row.version) if held else None
        if manifest is None:
            return SaleError(
                "not-ready",
                f"Redeemed here as sale {reference(*row.key)}, but its drop is gone. Bring its bundle again.",
            )
        return _Living(row, manifest)

    def _again(self, book: Book, living: _Living) -> Redeemed:
        row = living.row
        pickup = None if row.opened else self._copies.fresh_pickup(book, row.key)
        sold = self._copies.again(row, living.manifest, pickup, book.at)
        return Redeemed(sold, row.tier, bool(row.marked), again=True)

    def _noted(self, book: Book, signed: SignedToken, refusal: SaleError) -> SaleError:
        """Notes a refusal in the ledger, once for this token and reason."""
        if refusal.code not in _NOT_NOTED and tokens.refuse(book.db, *signed.token.id, refusal.code):
            book.append("refused", {"reason": refusal.code, "token": _named(signed)})
        return refusal

    def _owe(self, book: Book, signed: SignedToken, why: str) -> SaleError:
        """Paid, but there is nothing to give: the token is taken, and the debt is in the ledger."""
        token = signed.token
        fields = {
            "token": _named(signed),
            "drop": token.drop,
            "price": token.price,
            "amount": token.amount,
            "currency": token.currency,
        }
        entry = book.append("owed", fields)
        key = (entry.incarnation, entry.seq)
        tokens.spend(book.db, *token.id, key)
        issuer, cti = token.id
        debt = OwedRow(
            key, issuer, cti, signed.sha256, token.drop, token.price, token.amount, token.currency, book.at.lo, 0
        )
        tokens.owe(book.db, debt)
        return SaleError(
            "owed",
            f"{why} The payment is noted under {entry.reference}: the stall hands a copy out or pays the money back.",
        )

    async def serve(self, owed: str, *, by: int | None = None) -> Sold:
        """Hands out what is owed, now that there is a number: a sale that ends it. `sold-out` while there is none.

        An option's stock does not stand in the way: that `by` gave the copy out all the same is an entry.
        """
        key = sale_key(owed)

        def work(book: Book) -> Sold:
            debt = tokens.owed(book.db, key)
            if debt is None or debt.has_ended:
                raise unknown_sale(owed)
            held = self._catalogue.by_id(debt.drop)
            price = _paid_option(held, debt) if held else None
            if held is None or price is None:
                raise SaleError(
                    "unknown-drop", "The drop that is owed is not on this box any more: pay the money back."
                )
            check_sellable(held, self._catalogue)
            terms = self._debt_terms(debt, price, owed)
            if price.stock is not None and sales.sold_under(book.db, debt.drop, price.id) >= price.stock:
                override(book, "stock", "accepted", by, terms.token)
            sold = self._copies.sell(book, held, terms)
            tokens.end_owed(book.db, key)
            return sold

        return await self._house.record(work)

    def _debt_terms(self, debt: OwedRow, price: Price, owed: str) -> Terms:
        less, more = max(0, price.amount - debt.amount), max(0, debt.amount - price.amount)
        return Terms(
            group=new_group(),
            price=price,
            payment=Payment(price.amount, less, more, self._method(debt.issuer)),
            discount_reason="as paid",
            tier=Tier.BOXED.value,
            marked=True,
            token={"issuer": debt.issuer, "cti": debt.cti, "sha256": debt.sha256},
            owed=owed,
        )

    def _method(self, issuer: str) -> Method:
        chain = self._catalogue.chain
        kinds = {i.key.id: i.kind for trust in (chain.versions if chain else ()) for i in trust.issuers}
        return Method.VOUCHER if kinds.get(issuer) == "voucher" else Method.TOKEN


def _paid_option(held: HeldDrop, debt: OwedRow) -> Price | None:
    """The option that was paid: at that very price if some version had it, else as the newest has it."""
    options = [option for version in reversed(held.versions) if (option := version.price(debt.price)) is not None]
    exact = (option for option in options if option.amount == debt.amount)
    return next(exact, options[0] if options else None)


def _owed_because(book: Book, held: HeldDrop, judged: Judged) -> str | None:
    """Why this is paid and cannot be had: the option's stock or the numbers are gone; None where it can."""
    if judged.owed_because is not None:
        return judged.owed_because
    return None if has_numbers(book, held.manifest) else nothing_left(book, held.manifest).detail


def _kept(answer: str) -> Redeemed:
    fields = json.loads(answer)
    return Redeemed(**{**fields, "sold": Sold(**fields["sold"])})


def _terms(signed: SignedToken, judged: Judged) -> Terms:
    return Terms(
        group=new_group(),
        price=judged.price,
        payment=judged.payment,
        discount_reason=judged.discount_reason,
        tier=judged.tier.value,
        marked=judged.is_marked,
        token=_named(signed),
    )


def _named(signed: SignedToken) -> dict[str, object]:
    """A token as entries name it."""
    issuer, cti = signed.token.id
    return {"issuer": issuer, "cti": cti, "sha256": signed.sha256}


def _still_owed(entry: str) -> SaleError:
    return SaleError(
        "owed", f"This is paid and noted under {entry}: the stall hands a copy out or pays the money back."
    )


def _spent(row: SaleRow) -> SaleError:
    when = datetime.fromtimestamp(row.lo, UTC).strftime("%H:%M")
    ended = "its download has ended: the stall can top it up and show the claim again"
    what = "that sale was voided: this pays for nothing more" if row.voided else ended
    return SaleError("spent", f"Redeemed here at {when} (UTC), sale {reference(*row.key)}; {what}.")
