"""The day in pictures: what came in hour by hour, and what of. Numbers in, views for a template out.

Hours are counted back from now, since the box knows no time zone and the stall owner's memory needs none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.stall.stock import Taking
from appliance.web import words
from appliance.weblib import charts
from appliance.weblib.speech import gettext as _
from appliance.weblib.speech import ngettext as _n

_HOUR = 3600
_LEAST_HOURS = 6
_MOST_HOURS = 24


@dataclass(frozen=True, slots=True)
class Share:
    """One price option's part of the day, with an SVG bar as long as its part of the best one's."""

    title: str
    price_title: str
    count: int
    bar: str


@dataclass(frozen=True, slots=True)
class Day:
    """`course`: the hours as SVG."""

    course: str
    shares: Sequence[Share]


def day(takings: Sequence[Taking], now_lo: int) -> Day | None:
    """The pictures of these sales, seen from the Unix second `now_lo`; None where nothing was sold."""
    if not takings:
        return None
    return Day(charts.columns(_("By the hour"), _course(takings, now_lo)), _shares(takings))


def _course(takings: Sequence[Taking], now_lo: int) -> list[charts.Bar]:
    """One bar an hour, in money where there is one currency, else in copies."""
    currencies = {taking.currency for taking in takings}
    currency = currencies.pop() if len(currencies) == 1 else None
    hours: Counter[int] = Counter()
    for taking in takings:
        ago = min(_MOST_HOURS - 1, max(0, now_lo - taking.lo) // _HOUR)
        hours[ago] += taking.paid if currency else 1
    first = max(_LEAST_HOURS - 1, *hours)
    return [_bar(ago, hours[ago], currency) for ago in range(first, -1, -1)]


def _bar(ago: int, value: int, currency: str | None) -> charts.Bar:
    shown = words.money(value, currency) if currency else _n("%(count)s copy", "%(count)s copies", value)
    name = _("%(count)s h ago") % {"count": ago} if ago else _("this hour")
    tick = _("−%(count)s h") % {"count": ago} if ago else _("now")
    return charts.Bar(name, value, shown % {"count": value}, tick)


def _shares(takings: Sequence[Taking]) -> list[Share]:
    counts = Counter((taking.title, taking.price_title) for taking in takings)
    most = max(counts.values())
    return [Share(*what, count, charts.lying(count / most)) for what, count in counts.most_common()]
