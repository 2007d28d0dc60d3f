"""A payment token is redeemed: once, in one transaction, and the same token again gives the same claim.

The order is FORMATS §3's. A refusal of a token whose signature holds is an entry, once; all else is only counted.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass

from appliance.core.attachments import Attachment, Form
from appliance.core.clock import Stamp
from appliance.core.entries import split_reference
from appliance.core.redeem import Circumstances, Judged, check_place, find_issuer, judge
from appliance.core.token import SignedToken, Token, read, strip_link
from appliance.core.trust import Issuer
from appliance.errors import RequestError, SaleError
from appliance.stall import spent
from appliance.stall.catalogue import Catalogue, HeldDrop
from appliance.stall.copies import Copies, Sold, Terms, has_numbers, nothing_left
from appliance.stall.debts import Debts
from appliance.stall.house import House
from appliance.stall.offers import Offers
from appliance.stall.questions import Questions, override
from appliance.stall.sell import again, check_sellable, new_group
from appliance.stall.spent import Living
from appliance.stall.timekeeping import note_clock
from appliance.store import answers, attachments, sales, tokens
from appliance.store.ledger import Book
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


class Redeemer:
    def __init__(
        self,
        house: House,
        catalogue: Catalogue,
        copies: Copies,
        debts: Debts,
        offers: Offers,
        questions: Questions,
        began: Stamp | None,
    ) -> None:
        self._house = house
        self._catalogue = catalogue
        self._copies = copies
        self._debts = debts
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
        if not outcome.again:  # else this text itself was never judged: its key may be withdrawn by now
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
        before = spent.find(book, signed.token, self._catalogue)
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
            return _kept(book, answer)
        outcome = self._redeem(book, signed, issuer, by, allowed)
        if key is not None and isinstance(outcome, Redeemed):
            answers.keep(book.db, key, json.dumps(asdict(outcome)), book.running_ms)
        return outcome

    def _redeem(
        self, book: Book, signed: SignedToken, issuer: Issuer, by: int | None, allowed: frozenset[str]
    ) -> Redeemed | SaleError:
        """The story of a redemption, inside the transaction."""
        before = spent.find(book, signed.token, self._catalogue)
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
        terms, why = _terms(signed, judged), _owed_because(book, held, judged)
        if why is not None:
            owed = self._debts.owe(book, held, terms)
            _keep_text(book, owed, signed)
            return _owed(why, owed)
        sold = self._copies.sell(book, held, terms)
        tokens.spend(book.db, *signed.token.id, split_reference(sold.sale))
        _keep_text(book, sold.sale, signed)
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
            offer_age_ms=self._offers.age_ms(token, book.at),
            restarted=self._began,
            by_issuer=tokens.by_issuer(book.db, token.issuer) if issuer.max_count is not None else 0,
            is_window_confirmed=self._questions.is_window_confirmed,
            discount_reason=tokens.discount(book.db, token.nonce) if token.nonce is not None else None,
            allowed=allowed,
        )
        drop = held.manifest.drop
        judged = judge(token, issuer, held.versions, now, lambda price: sales.sold_under(book.db, drop, price))
        check_sellable(held, self._catalogue)  # last: nobody brings a bundle for a token that is refused anyway
        return held, judged

    def _again(self, book: Book, living: Living) -> Redeemed:
        row = living.row
        book.promise(row.key)
        pickup = None if row.opened else self._copies.waiting_pickup(book, row)
        sold = self._copies.again(row, living.manifest, pickup, book.at)
        return Redeemed(sold, row.tier, bool(row.marked), again=True)

    def _noted(self, book: Book, signed: SignedToken, refusal: SaleError) -> SaleError:
        """Notes a refusal in the ledger, once for this token and reason."""
        if refusal.code not in _NOT_NOTED and tokens.refuse(book.db, *signed.token.id, refusal.code):
            book.append("refused", {"reason": refusal.code, "token": _named(signed)})
        return refusal


def _owed_because(book: Book, held: HeldDrop, judged: Judged) -> str | None:
    """Why this is paid and cannot be had: the option's stock or the numbers are gone; None where it can."""
    if judged.owed_because is not None:
        return judged.owed_because
    return None if has_numbers(book, held.manifest) else nothing_left(book, held.manifest).detail


def _owed(why: str, entry: str) -> SaleError:
    return SaleError(
        "owed", f"{why} The payment is noted under {entry}: the stall hands a copy out or pays the money back."
    )


def _kept(book: Book, answer: str) -> Redeemed:
    fields = json.loads(answer)
    return Redeemed(**{**fields, "sold": again(book, fields["sold"])})


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


def _keep_text(book: Book, entry: str, signed: SignedToken) -> None:
    """The token's bytes, for the organizer once the claim has ended: proof of what was paid (FORMATS §6)."""
    incarnation, seq = split_reference(entry)
    attachments.keep(book.db, incarnation, Attachment(seq, Form.TOKEN, signed.data))


def _named(signed: SignedToken) -> dict[str, object]:
    """A token as entries name it."""
    issuer, cti = signed.token.id
    return {"issuer": issuer, "cti": cti, "sha256": signed.sha256}
