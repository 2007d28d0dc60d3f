"""What the console says of the sale: each drop with its price options, what is left of them, and what came in today.

Plain values for the templates and for the news that open consoles are told; both say the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.core.manifest import Price
from appliance.core.money import exponent
from appliance.core.redeem import Tier
from appliance.core.sale import Method
from appliance.core.status import DropStatus, Status
from appliance.stall.catalogue import HeldDrop
from appliance.stall.stall import Stall
from appliance.stall.stock import Total
from appliance.web import words
from appliance.weblib.speech import gettext as _
from appliance.weblib.speech import later
from appliance.weblib.speech import ngettext as _n

_METHODS = {
    Method.CASH: later("cash"),
    Method.CARD: later("card"),
    Method.TOKEN: later("token"),
    Method.VOUCHER: later("voucher"),
    Method.FREE: later("free"),
}
_TIERS = {Tier.FRESH: later("fresh token"), Tier.BOXED: later("boxed token")}


@dataclass(frozen=True, slots=True)
class Option:
    """One price option as it is tapped. `place`: what the form sends, and where news of it go."""

    place: str
    title: str
    amount: int
    said: str  # what is left of it; empty where it has no limit of its own
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """One drop on the selling page. `digits`: how many of its currency's digits are minor."""

    slug: str
    title: str
    currency: str
    digits: int
    said: str
    options: Sequence[Option]


async def offered(stall: Stall, status: Status) -> list[Offered]:
    """What this box sells, with what `status` says is left of it."""
    stands = {drop.drop: drop for drop in status.drops}
    return [
        _offered(held, stands[held.manifest.drop], await stall.stock.price_stock(held))
        for held in stall.catalogue.drops
        if held.manifest.drop in stands
    ]


def _offered(held: HeldDrop, stands: DropStatus, left: Mapping[str, int | None]) -> Offered:
    new = held.manifest
    return Offered(
        slug=new.slug,
        title=new.title,
        currency=new.currency,
        digits=exponent(new.currency),
        said=_drop_said(stands),
        options=[_option(new.slug, price, left.get(price.id), stands) for price in new.prices],
    )


def _option(slug: str, price: Price, left: int | None, stands: DropStatus) -> Option:
    is_gone = stands.sold_out or left == 0
    said = _("sold out") if is_gone else "" if left is None else _n("%(count)s left", "%(count)s left", left)
    return Option(f"{slug}/{price.id}", price.title, price.amount, said % {"count": left}, is_gone)


def _drop_said(stands: DropStatus) -> str:
    if stands.left is None:
        return _n("%(count)s sold", "%(count)s sold", stands.sold) % {"count": stands.sold}
    values = {"left": stands.left, "allotted": stands.allotted, "blocked": stands.blocked}
    if stands.blocked:
        return _("%(left)s of %(allotted)s left, %(blocked)s blocked") % values
    return _n("%(left)s of %(allotted)s left", "%(left)s of %(allotted)s left", stands.left) % values


def method_said(method: str, tier: str | None = None) -> str:
    """How a copy was paid, in words: `card`, `fresh token`."""
    if tier is not None:
        return _(_TIERS[Tier(tier)])
    return _(_METHODS[Method(method)])


def today_said(totals: Sequence[Total]) -> str:
    """`Today 5 · €40.00`, each currency for itself."""
    sums = [f"{total.count} · {words.money(total.paid, total.currency)}" for total in totals]
    return _("Today %(sums)s") % {"sums": ", ".join(sums)} if sums else _("Nothing sold yet today")
