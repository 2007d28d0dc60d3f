"""Sales as people look at them: money per currency, its course by hour or day, and tables with a bar in each line.

All of it comes from one walk over the sales, so that nothing on a page can contradict anything else on it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from appliance.core.documents import format_time
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
    """A chart of one currency. `unit` is `hour` or `day`."""

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


Name = tuple[str, str]
"""What a line is called, and what is said beside it."""


def sales(db: sqlite3.Connection, known: Known, *, since: int = 0) -> Sales:
    """What was sold from `since` on: Unix seconds of the boxes' own clocks."""
    cells = books.cells(db, since=since)
    purses = _purses(cells, books.refunds(db, since=since))
    tables = (
        Table("By drop", "Drop", _lines(cells, lambda cell: (known.title(cell.drop), ""))),
        Table("By price option", "Price option", _lines(cells, lambda cell: _price(known, cell))),
        Table("By box", "Box", _lines(cells, lambda cell: (known.box_name(cell.box), ""))),
        Table("By method", "Method", _lines(cells, lambda cell: (words.method(cell.method), ""))),
    )
    courses = tuple(_course(purse.currency, cells) for purse in purses if purse.count)
    return Sales(since, sum(cell.count for cell in cells), purses, courses, tables)


def _price(known: Known, cell: Cell) -> Name:
    return known.option(cell.drop, cell.price), known.title(cell.drop)


def _purses(cells: Iterable[Cell], refunds: Iterable[books.Refunds]) -> tuple[Purse, ...]:
    counts: dict[str, int] = defaultdict(int)
    paid: dict[str, int] = defaultdict(int)
    for cell in cells:
        counts[cell.currency] += cell.count
        paid[cell.currency] += cell.paid
    back = {each.currency: each for each in refunds}
    return tuple(
        Purse(
            currency,
            counts[currency],
            paid[currency],
            *((back[currency].amount, back[currency].count) if currency in back else (0, 0)),
        )
        for currency in sorted({*counts, *back})
    )


def _lines(cells: Iterable[Cell], name: Callable[[Cell], Name]) -> tuple[Line, ...]:
    """The most money first, one currency after the other."""
    counts: dict[tuple[str, Name], int] = defaultdict(int)
    paid: dict[tuple[str, Name], int] = defaultdict(int)
    most: dict[str, int] = defaultdict(int)
    for cell in cells:
        key = cell.currency, name(cell)
        counts[key] += cell.count
        paid[key] += cell.paid
        most[cell.currency] = max(most[cell.currency], paid[key])
    ordered = sorted(counts, key=lambda key: (key[0], -paid[key], -counts[key], key[1]))
    return tuple(
        Line(*key[1], key[0], counts[key], paid[key], charts.lying(paid[key] / (most[key[0]] or 1))) for key in ordered
    )


def _course(currency: str, cells: Iterable[Cell]) -> Course:
    """By hour while that is two days at most, else by day; a long quiet time is left out."""
    paid: dict[int, int] = defaultdict(int)
    for cell in cells:
        if cell.currency == currency:
            paid[cell.hour] += cell.paid
    if (max(paid) - min(paid)) // HOUR < _HOURS_AT_MOST:
        times = range(min(paid), max(paid) + 1, HOUR)
        return _drawn(f"{currency} by hour", [_hour(at, paid[at], currency) for at in times])
    days: dict[int, int] = defaultdict(int)
    for at, amount in paid.items():
        days[at // DAY * DAY] += amount
    return _drawn(f"{currency} by day", [_day(at, days[at], currency) for at in _shown_days(days)])


def _shown_days(days: dict[int, int]) -> Sequence[int]:
    every = range(min(days), max(days) + 1, DAY)
    return every if len(every) <= _DAYS_AT_MOST else sorted(days)[-_DAYS_AT_MOST:]


def _drawn(title: str, bars: Sequence[Bar]) -> Course:
    return Course(title, charts.columns(title, bars))


def _hour(at: int, paid: int, currency: str) -> Bar:
    return Bar(words.when(at), paid, format_money(paid, currency), format_time(at)[11:16])


def _day(at: int, paid: int, currency: str) -> Bar:
    name = words.when(at)[:10]
    return Bar(name, paid, format_money(paid, currency), name[5:])
