"""Payment tokens as an issuer signs them: for a box's offer, or boxed for later.

Knows the limits that the trust document sets the issuer and refuses what a box would refuse. Asks no clock.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from appliance.core import token
from appliance.core.documents import CURRENCY, HEX_ID, SLUG, Fields, format_time, read_json
from appliance.core.keys import PrivateKey
from appliance.core.manifest import Manifest
from appliance.core.money import format_money
from appliance.core.offer import Offer
from appliance.core.token import Token
from appliance.core.trust import Issuer, matches
from appliance.errors import RequestError

MAX_OFFER = 4096  # bytes
_OFFER = ("box", "drop", "slug", "price", "amount", "currency", "nonce", "valid_for")
_PRICE = re.compile(r"[a-z0-9-]{1,16}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be paid for; `nonce` is None where no box was asked."""

    offer: Offer
    slug: str
    nonce: bytes | None


@dataclass(frozen=True, slots=True)
class Signer:
    """An issuer with the limits of the trust document, and the key."""

    issuer: Issuer
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class Issued:
    """A signed token, and what it says."""

    token: Token
    text: str

    @property
    def id(self) -> str:
        """As the trust document would withdraw it: `<issuer key id>:<cti hex>`."""
        return ":".join(self.token.id)

    def link(self, base: str) -> str:
        """What a phone opens at the stall, in upper case so that its QR code stays coarse."""
        return f"{base.upper()}/T/{self.text}"


def read_offer(data: bytes) -> Asked:
    """A box's offer (FORMATS §3, *Offer*); fields that a later box adds are passed over. Else `doc-malformed`."""
    held = read_json(data, "The offer", MAX_OFFER)
    f = Fields({name: held[name] for name in _OFFER if name in held}, "offer", *_OFFER)
    offer = Offer(
        box=f.text("box", HEX_ID),
        drop=f.text("drop", HEX_ID),
        price=f.text("price", _PRICE),
        amount=f.integer("amount"),
        currency=f.text("currency", CURRENCY),
    )
    return Asked(offer, f.text("slug", SLUG), bytes.fromhex(f.text("nonce", HEX_ID)))


def boxed(packed: Manifest, box_id: str, price_id: str, amount: int | None) -> Asked:
    """What a drop's manifest asks for, without asking a box; `amount` None is the list price, more is a tip."""
    price = packed.price(price_id)
    if price is None:
        names = ", ".join(price.id for price in packed.prices)
        raise RequestError("unknown-price", f"“{packed.title}” has no price option {price_id}: choose one of {names}.")
    paid = price.amount if amount is None else amount
    if paid < price.amount:
        least = format_money(price.amount, packed.currency)
        raise RequestError("wrong-price", f"{price.title} costs {least}: a box would refuse a token for less.")
    return Asked(Offer(box_id, packed.drop, price.id, paid, packed.currency), packed.slug, None)


def sign(asked: Asked, signer: Signer, *, now: int, expires: int) -> Issued:
    """A fresh token, good until `expires` (Unix seconds); `over-limit` or `wrong-drop` where the issuer may not."""
    _check_limits(asked, signer.issuer, now, expires)
    offer = asked.offer
    claims = Token(
        issuer=signer.key.public.id,
        box=offer.box,
        expires=expires,
        issued=now,
        cti=os.urandom(12),
        drop=offer.drop,
        price=offer.price,
        amount=offer.amount,
        currency=offer.currency,
        nonce=asked.nonce,
    )
    return Issued(claims, token.write(claims, signer.key))


def _check_limits(asked: Asked, issuer: Issuer, now: int, expires: int) -> None:
    if not matches(issuer.drops, asked.slug):
        raise RequestError("wrong-drop", f"{issuer.name} may not take payments for {asked.slug}.")
    offer = asked.offer
    if offer.amount > issuer.max_amount:
        most = format_money(issuer.max_amount, offer.currency)
        raise RequestError("over-limit", f"{issuer.name} may sign {most} at most.")
    if expires <= now:
        raise RequestError("expired", "It would expire before it begins: choose a later time.")
    if expires - now > issuer.max_lifetime:
        last = format_time(now + issuer.max_lifetime)
        raise RequestError("over-limit", f"What {issuer.name} signs now may live until {last} at most.")
