"""Sales as people look at them: money per currency, its course by hour or day, and tables with a bar in each line.

All of it comes from one walk over the sales, so that nothing on a page can contradict anything else on it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from appliance.core.money import format_money
from appliance.weblib import charts
from appliance.weblib.charts import Bar
from provisioning.collector import books, words
from provisioning.collector.books import Cell
from provisioning.collector.known import Known

HOUR, DAY = 3600, 86_400
_HOURS_AT_MOST = 48
_DAYS_AT_MOST = 62


@dataclass(frozen=True, slots=True)
class Purse:
    """Money of one currency, minor units. `returned` was given back, `returns` times."""

    currency: str
    count: int
    paid: int
    returned: int
    returns: int


@dataclass(frozen=True, slots=True)
class Course:
    """A chart of one currency by hour or by day."""

    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that sales were added up by. `bar` shows its part of the largest of its currency."""

    name: str
    detail: str
    currency: str
    count: int
    paid: int
    bar: str


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Sales:
    """`count` sales that stand, from `since` on."""

    since: int
    count: int
    purses: tuple[Purse, ...]
    courses: tuple[Course, ...]
    tables: tuple[Table, ...]


Key = tuple[str, ...]
"""What sales are added up by: ids, because two things may have one name."""


def sales(db: sqlite3.Connection, known: Known, *, since: int = 0) -> Sales:
    """What was sold from `since` on: Unix seconds of the boxes' own clocks."""
    cells = books.cells(db, since=since)
    purses = _purses(cells, books.refunds(db, since=since))
    order = [purse.currency for purse in purses]
    tables = (
        Table("By drop", "Drop", _lines(cells, order, lambda cell: (cell.drop,), known.title)),
        Table("By price option", "Price option", _prices(known, cells, order)),
        Table("By box", "Box", _lines(cells, order, lambda cell: (cell.box,), known.box_name)),
        Table("By method", "Method", _lines(cells, order, lambda cell: (cell.method,), words.method)),
    )
    courses = tuple(_course(purse.currency, cells) for purse in purses if purse.count)
    return Sales(since, sum(cell.count for cell in cells), purses, courses, tables)


def _purses(cells: Iterable[Cell], refunds: Iterable[books.Refunds]) -> tuple[Purse, ...]:
    """The currency of the most sales first."""
    counts: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    for cell in cells:
        counts[cell.currency] += cell.count
        paid[cell.currency] += cell.paid
    back = {each.currency: (each.amount, each.count) for each in refunds}
    ordered = sorted({*counts, *back}, key=lambda currency: (-counts[currency], currency))
    return tuple(Purse(each, counts[each], paid[each], *back.get(each, (0, 0))) for each in ordered)


def _prices(known: Known, cells: Iterable[Cell], order: Sequence[str]) -> tuple[Line, ...]:
    return _lines(cells, order, lambda cell: (cell.drop, cell.price), known.option, lambda drop, _: known.title(drop))


def _lines(
    cells: Iterable[Cell],
    order: Sequence[str],
    key: Callable[[Cell], Key],
    name: Callable[..., str],
    detail: Callable[..., str] = lambda *_: "",
) -> tuple[Line, ...]:
    """One currency after the other as in `order`, the most money first. `name` and `detail` are told of the key."""
    counts: Counter[tuple[str, Key]] = Counter()
    paid: Counter[tuple[str, Key]] = Counter()
    for cell in cells:
        counts[cell.currency, key(cell)] += cell.count
        paid[cell.currency, key(cell)] += cell.paid
    most = {each: max(paid[pair] for pair in paid if pair[0] == each) for each in {pair[0] for pair in paid}}
    ordered = sorted(counts, key=lambda pair: (order.index(pair[0]), -paid[pair], -counts[pair], pair[1]))
    return tuple(
        Line(name(*ids), detail(*ids), currency, count, money, charts.lying(money / (most[currency] or 1)))
        for currency, ids, count, money in ((*pair, counts[pair], paid[pair]) for pair in ordered)
    )


def _course(currency: str, cells: Iterable[Cell]) -> Course:
    """By hour while that is two days at most, else by day; of a long time only the days that had sales."""
    paid: Counter[int] = Counter()
    for cell in cells:
        if cell.currency == currency:
            paid[cell.hour] += cell.paid
    if (max(paid) - min(paid)) // HOUR < _HOURS_AT_MOST:
        times = range(min(paid), max(paid) + 1, HOUR)
        return _drawn(f"{currency} by hour", [_hour(at, paid[at], currency) for at in times])
    days: Counter[int] = Counter()
    for at, amount in paid.items():
        days[at // DAY * DAY] += amount
    return _drawn(f"{currency} by day", [_day(at, days[at], currency) for at in _shown_days(days)])


def _shown_days(days: Mapping[int, int]) -> Sequence[int]:
    every = range(min(days), max(days) + 1, DAY)
    return every if len(every) <= _DAYS_AT_MOST else sorted(days)[-_DAYS_AT_MOST:]


def _drawn(title: str, bars: Sequence[Bar]) -> Course:
    return Course(title, charts.columns(title, bars))


def _hour(at: int, paid: int, currency: str) -> Bar:
    return Bar(words.when(at), paid, format_money(paid, currency), words.when(at)[11:16])


def _day(at: int, paid: int, currency: str) -> Bar:
    name = words.when(at)[:10]
    return Bar(name, paid, format_money(paid, currency), name[5:])
