"""What the console says of the sale: each drop with its price options, what is left of them, and what came in today.

Plain values for the templates and for the news that open consoles are told; both say the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from appliance.web.showcase import Left
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


@dataclass(frozen=True, slots=True)
class Count:
    """The numbers behind the words: how the box is, what is left by drop id and price option, what came in today."""

    status: Status
    left: Mapping[str, Mapping[str, int | None]]
    today: Sequence[Total]


async def count(stall: Stall, status: Status) -> Count:
    """Counts for the box that is as `status` says."""
    left = {held.manifest.drop: await stall.stock.price_stock(held) for held in stall.catalogue.drops}
    return Count(status, left, await stall.stock.today())


def offered(drops: Iterable[HeldDrop], counted: Count) -> list[Offered]:
    """Those of `drops` that were counted, with what is left of them."""
    stands = {drop.drop: drop for drop in counted.status.drops}
    return [
        _offered(held, stands[held.manifest.drop], counted.left[held.manifest.drop])
        for held in drops
        if held.manifest.drop in stands and held.manifest.drop in counted.left
    ]


def _offered(held: HeldDrop, stands: DropStatus, left: Mapping[str, int | None]) -> Offered:
    new = held.manifest
    return Offered(
        slug=new.slug,
        title=new.title,
        currency=new.currency,
        digits=exponent(new.currency),
        said=_drop_said(stands),
        options=[_option(new.slug, price, Left(stands.left, left)) for price in new.prices],
    )


def _option(slug: str, price: Price, left: Left) -> Option:
    is_gone = left.of(price) == 0
    said = _("sold out") if is_gone else left.said(price)
    return Option(f"{slug}/{price.id}", price.title, price.amount, said, is_gone)


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
