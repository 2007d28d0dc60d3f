"""What a payment token buys, in the order of FORMATS §3: each failure its code, each code a sentence that helps.

Token, trust, manifests and moment in; a payment or a SaleError out. Whether the token was here before, and whether a
number is left, is asked of the ledger in between and after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.core.clock import Stamp
from appliance.core.documents import plain_time
from appliance.core.manifest import Manifest, Price
from appliance.core.offer import TICK_MS, YOUNG_TICKS, Offer
from appliance.core.sale import Method, Payment, window
from appliance.core.time_rules import EARLY_S, Validity, Window, validity
from appliance.core.token import SignedToken, Token
from appliance.core.trust import Chain, Issuer, matches
from appliance.errors import SaleError

_LAST_MOMENT = 253_402_300_799  # 9999-12-31T23:59:59Z
_ASK = "The stall pays the money back, or asks the organizer for a higher limit."
_CONSOLE = "The stall pays the money back, or accepts it on the console under Redeem."


class Tier(StrEnum):
    """How fresh the box knows a token to be: by its own nonce, or by the clock alone."""

    FRESH = "fresh"
    BOXED = "boxed"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the judgement rests on beside papers. `allowed`: what the stall owner overrides for this token."""

    at: Stamp
    offer_age_ms: int | None  # None: the box made no such offer
    restarted: Stamp | None  # when this incarnation began, unless it is the first
    by_issuer: int  # sales and owed entries from this key, ever; 0 where it may sign any number
    is_window_confirmed: bool
    discount_reason: str | None  # of the offer, where it was below the list price
    allowed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judged:
    """A token that pays. `overridden`: what the stall owner's word was needed for."""

    issuer: Issuer
    manifest: Manifest
    price: Price
    payment: Payment
    discount_reason: str | None
    tier: Tier
    is_marked: bool
    overridden: tuple[str, ...]
    owed_because: str | None  # the option's stock is gone: paid, and not to be had


def find_issuer(signed: SignedToken, chain: Chain | None) -> Issuer:
    """Who signed: `unknown-issuer` where no trust version held lists the key, `bad-signature` where it did not sign.

    No claim is used before this has returned.
    """
    listed = {
        issuer.key: issuer
        for trust in (chain.versions if chain else ())
        for issuer in trust.issuers
        if issuer.key.id == signed.token.issuer
    }
    if not listed:
        raise SaleError(
            "unknown-issuer",
            "This was not signed by anybody who may take payments here. Use a reader or a voucher of this event.",
        )
    for key, issuer in listed.items():
        if signed.is_signed_by(key):
            return issuer
    raise SaleError(
        "bad-signature", "This token was changed after it was signed and pays for nothing. Scan the original again."
    )


def check_place(token: Token, signer: Issuer, chain: Chain, box_id: str) -> Issuer:
    """`revoked` or `wrong-box`; the signer as the newest trust document lists it, by key and not by key id."""
    current = chain.current
    issuer = next((i for i in current.issuers if i.key == signer.key), None)
    if issuer is None or issuer.key.did in chain.revoked_keys:
        raise SaleError(
            "revoked",
            "The organizer has withdrawn the reader or voucher key that signed this. The stall takes the payment "
            "another way, and asks the organizer about this one.",
        )
    if f"{token.issuer}:{token.cti.hex()}" in current.revoked_tokens:
        raise SaleError("revoked", "The organizer has withdrawn this payment. Ask the organizer for the money.")
    if token.box != box_id:
        other = next((box.name for box in current.boxes if box.key.id == token.box), "another box")
        raise SaleError("wrong-box", f"This is valid, but for {other}: take it there.")
    return issuer


def judge(
    token: Token, issuer: Issuer, versions: Sequence[Manifest], now: Circumstances, sold_under: Callable[[str], int]
) -> Judged:
    """Limits, price, clock, window and the option's stock. `versions`: of the token's drop, the newest last.

    `wrong-drop over-limit wrong-price expired not-yet window-not-open window-closed not-ready`.
    """
    newest = versions[-1]
    _check_limits(token, issuer, newest, now.by_issuer)
    overridden: list[str] = []

    def allow(what: str, refusal: SaleError) -> None:
        if what not in now.allowed:
            raise refusal
        overridden.append(what)

    option = _option(token, versions, now, allow)
    is_fresh = now.offer_age_ms is not None and now.offer_age_ms <= YOUNG_TICKS * TICK_MS
    is_marked = _was_offered_before_restart(now) if is_fresh else _check_clock(token, now, allow)
    _check_window(newest, now, allow)
    stock = (newest.price(option.id) or option).stock
    is_gone = stock is not None and sold_under(option.id) >= stock
    is_owed = is_gone and "stock" not in now.allowed
    if is_gone and not is_owed:
        overridden.append("stock")
    payment = _payment(token, issuer, option)
    return Judged(
        issuer=issuer,
        manifest=newest,
        price=option,
        payment=payment,
        discount_reason=_discount_reason(now) if payment.discount else None,
        tier=Tier.FRESH if is_fresh else Tier.BOXED,
        is_marked=is_marked,
        overridden=tuple(overridden),
        owed_because=f"“{newest.title}”, {option.title}: none is left." if is_owed else None,
    )


Allow = Callable[[str, SaleError], None]


def _check_limits(token: Token, issuer: Issuer, newest: Manifest, by_issuer: int) -> None:
    if not matches(issuer.drops, newest.slug):
        raise SaleError(
            "wrong-drop",
            f"{issuer.name} may not take payments for “{newest.title}”. The stall pays the money back and uses another "
            "reader.",
        )
    if token.amount > issuer.max_amount:
        raise SaleError("over-limit", f"{issuer.name} may not sign amounts as large as this. {_ASK}")
    if token.expires - token.issued > issuer.max_lifetime:
        raise SaleError("over-limit", f"{issuer.name} may not sign tokens that live as long as this. {_ASK}")
    if issuer.max_count is not None and by_issuer >= issuer.max_count:
        raise SaleError("over-limit", f"{issuer.name} has signed as many tokens for this box as it may. {_ASK}")


def _option(token: Token, versions: Sequence[Manifest], now: Circumstances, allow: Allow) -> Price:
    """The price option that was paid; `wrong-price`. An offer fixes the price, otherwise the versions in force do."""
    is_offered = now.offer_age_ms is not None
    newest = versions[-1]
    held = [(v, option) for v in reversed(versions) if (option := v.price(token.price)) is not None]
    in_force = [option for v, option in held if is_offered or _meets(v, token)]
    is_reduced = is_offered and now.discount_reason is not None
    is_currency = token.currency == newest.currency
    paid = [option for option in in_force if option.amount <= token.amount and is_currency and not is_reduced]
    if paid:
        return next((option for option in paid if option.amount == token.amount), paid[0])
    refusal = SaleError(
        "wrong-price", f"The price paid is not one that “{newest.title}” had when this was signed. {_CONSOLE}"
    )
    if not held or not is_currency:
        raise refusal
    if not is_offered:
        allow("price", refusal)
    known = [*in_force, *(option for _, option in held)]
    return next((option for option in known if option.amount > token.amount), known[0])


def _payment(token: Token, issuer: Issuer, option: Price) -> Payment:
    method = Method.VOUCHER if issuer.kind == "voucher" else Method.TOKEN
    difference = token.amount - option.amount
    return Payment(option.amount, max(0, -difference), max(0, difference), method)


def _discount_reason(now: Circumstances) -> str:
    if now.offer_age_ms is None:
        return "accepted at the stall"
    return now.discount_reason or "as offered"


def _meets(version: Manifest, token: Token) -> bool:
    return version.issued <= token.expires and token.issued - EARLY_S <= version.expires


def _check_clock(token: Token, now: Circumstances, allow: Allow) -> bool:
    """FORMATS §3, *Clock*; whether the token is marked as one that the clock could not vouch for."""
    state = validity(now.at, token.issued, token.expires)
    if state is Validity.EXPIRED:
        allow("clock", SaleError("expired", f"This expired on {_moment(token.expires)}. {_CONSOLE}"))
        return True
    if state is Validity.NOT_YET:
        begin = _moment(token.issued)
        allow("clock", SaleError("not-yet", f"This is valid from {begin} on: try again then, or ask at the stall."))
        return True
    return state is Validity.UNCERTAIN or _may_be_older_than_restart(token, now)


def _may_be_older_than_restart(token: Token, now: Circumstances) -> bool:
    """Whether the token may have been here already, in a history that was lost (FORMATS §5).

    Its issuer's clock may have run ahead then, too.
    """
    if now.restarted is None:
        return False
    latest = now.restarted.hi if now.restarted.hi is not None else now.at.hi
    return latest is None or token.issued - EARLY_S <= latest


def _was_offered_before_restart(now: Circumstances) -> bool:
    """The same of a fresh token: by CLOCK_BOOTTIME, since its nonce is of this boot."""
    if now.restarted is None or now.offer_age_ms is None or now.restarted.boot != now.at.boot:
        return False
    return now.at.boottime_ms - now.offer_age_ms - TICK_MS < now.restarted.boottime_ms


def _check_window(newest: Manifest, now: Circumstances, allow: Allow) -> None:
    moments = [now.at]
    if now.offer_age_ms is not None:
        older_ms = now.offer_age_ms + TICK_MS  # ticks are counted, so the offer may be almost one older
        moments += [_earlier(now.at, now.offer_age_ms), _earlier(now.at, older_ms)]
    state = min((window(newest, moment) for moment in moments), key=_LENIENCE.index)
    if state is Window.CLOSED:
        end = plain_time(newest.sale_until or 0)
        allow("window", SaleError("window-closed", f"The sale of “{newest.title}” ended on {end}. {_CONSOLE}"))
    if state is Window.NOT_YET:
        begin = plain_time(newest.sale_from or 0)
        allow("window", SaleError("window-not-open", f"The sale of “{newest.title}” begins on {begin}. {_CONSOLE}"))
    if state is Window.UNCERTAIN and not now.is_window_confirmed:
        unsure = SaleError(
            "not-ready",
            f"The box is not sure of the time, and “{newest.title}” is sold only in a certain time. The stall confirms "
            "on the console that the sale is open now; then try again. The payment stays good.",
        )
        allow("window", unsure)


_LENIENCE = (Window.OPEN, Window.UNCERTAIN, Window.NOT_YET, Window.CLOSED)


def _earlier(at: Stamp, age_ms: int) -> Stamp:
    seconds = age_ms // 1000
    return replace(at, lo=max(0, at.lo - seconds), hi=None if at.hi is None else at.hi - seconds)


def _moment(unix: int) -> str:
    """A time that an issuer may have made up, as text: years of more than four digits are not written out."""
    return plain_time(min(unix, _LAST_MOMENT))


def offer_of(token: Token) -> Offer:
    """The offer that this token answers."""
    return Offer(token.box, token.drop, token.price, token.amount, token.currency)
