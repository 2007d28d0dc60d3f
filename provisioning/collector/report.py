"""What was sold, as one file to send on: a page that needs nothing else, or the sales as a table.

The page says what the dashboard says, gathered by the same views at one moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from provisioning.collector import books, exports
from provisioning.collector.known import Known
from provisioning.collector.pages import Pages
from provisioning.collector.views import boxes, cases, sales


def page(db: sqlite3.Connection, known: Known, now: int) -> str:
    """One HTML page with its style and its charts inside."""
    return Pages().alone(
        "report.html",
        known=known,
        now=now,
        sales=sales.sales(db, known),
        agreed=books.agreed(db),
        boxes=boxes.boxes(db, known),
        cases=cases.cases(db, known),
        owed=books.owed(db),
    )


def pieces(db: sqlite3.Connection, known: Known, now: int, *, is_table: bool) -> Iterator[str]:
    """The report's text: `sales.csv` of the exports where a table is wanted, else the page."""
    if is_table:
        yield from exports.sales_csv(db, known)
    else:
        yield page(db, known, now)
