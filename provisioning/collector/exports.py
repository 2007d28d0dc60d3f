"""Everything out: the sales as CSV, all as JSON, all as one SQLite file. The same entries give the same bytes.

What depends on when a batch came (when a box was heard, when a case was opened) is left out.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from appliance.core.documents import LAST_TIME, format_time
from appliance.core.money import plain_amount
from appliance.files import sync_file
from provisioning.collector import books
from provisioning.collector.known import Known

SALE_COLUMNS = (
    *("box", "stall", "entry", "time", "time_quality", "drop", "slug", "title", "price", "number", "method", "tier"),
    *("marked", "currency", "amount", "discount", "tip", "paid", "refunded", "void", "group"),
)
_SALES = (
    "select s.box, s.incarnation || ':' || s.seq, s.lo, s.quality, s.drop_id, s.price, s.number, s.method, s.tier,"
    " s.marked, s.currency, s.amount, s.discount, s.tip, s.amount - s.discount + s.tip,"
    " (select cast(total(u.amount) as integer) from undone u where u.box = s.box and u.incarnation = s.incarnation"
    "  and u.seq = s.seq and u.type = 'refund'),"
    " exists (select 1 from undone u where u.box = s.box and u.incarnation = s.incarnation and u.seq = s.seq"
    "  and u.type = 'void'), s.grouping"
    " from sales s order by s.box, s.incarnation, s.seq, s.hash"
)
_TABLES = {
    "entries": "select box, incarnation, seq, type, fault, leaf from entries order by box, incarnation, seq, hash",
    "checkpoints": (  # the one that says all; of a forked log every one, since they are the evidence
        "select c.box, c.incarnation, c.size, c.note from checkpoints c join logs l using (box, incarnation)"
        " where l.forked or c.size = (select max(o.size) from checkpoints o where o.box = c.box"
        "  and o.incarnation = c.incarnation and o.size <= l.size) order by c.box, c.incarnation, c.size, c.root"
    ),
    "cases": "select id, kind, name, answer from cases where stands order by id",
    "attachments": (
        "select box, incarnation, seq, form, digest, hex(data) as hex from attachments"
        " order by box, incarnation, seq, form, digest"
    ),
}


def sales_csv(db: sqlite3.Connection, known: Known) -> Iterator[str]:
    """One line per sale, with the heading first; money as decimal numbers, times as RFC 3339."""
    yield csv_line(SALE_COLUMNS)
    for row in db.execute(_SALES):
        yield csv_line(_sale(row, known))


def everything_json(db: sqlite3.Connection, known: Known) -> Iterator[str]:
    """One object: every table as lists of rows, leaves as the text that was signed."""
    yield "{" + f'"spec":1,"event":{json.dumps(known.chain.current.event)}'
    sales = (dict(zip(SALE_COLUMNS, _sale(row, known), strict=True)) for row in db.execute(_SALES))
    yield from _list("sales", sales)
    for name, query in _TABLES.items():
        cursor = db.execute(query)
        names = books.columns(cursor)
        yield from _list(name, (_plain(names, row) for row in cursor))
    yield "}\n"


def one_file(db: sqlite3.Connection, known: Known, target: Path) -> None:
    """The same as an SQLite file of its own, with the sales as a table that reads by itself."""
    target.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as out:
        out.execute("pragma journal_mode=off")
        out.execute("begin")
        _copy(out, "sales", SALE_COLUMNS, (_sale(row, known) for row in db.execute(_SALES)))
        for name, query in _TABLES.items():
            cursor = db.execute(query)
            _copy(out, name, books.columns(cursor), cursor)
        out.execute("commit")
    sync_file(target)


def _sale(row: tuple[object, ...], known: Known) -> tuple[object, ...]:
    box, entry, lo, quality, drop, price, number, method, tier, marked, currency, *money, void, group = row
    manifest = known.drops.get(str(drop))
    return (
        box,
        known.box_name(str(box)),
        entry,
        format_time(min(int(str(lo)), LAST_TIME)),
        quality,
        drop,
        manifest.slug if manifest else None,
        manifest.title if manifest else None,
        price,
        number,
        method,
        tier,
        "yes" if marked else "no",
        currency,
        *(plain_amount(int(str(each)), str(currency)) for each in money),
        "yes" if void else "no",
        group,
    )


def csv_line(values: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(_harmless(value) for value in values)
    return text.getvalue()


def _harmless(value: object) -> object:
    """A title that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _list(name: str, rows: Iterator[dict[str, object]]) -> Iterator[str]:
    yield f',\n"{name}":['
    for at, row in enumerate(rows):
        yield ("," if at else "") + "\n" + json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    yield "]"


def _plain(names: Sequence[str], row: tuple[object, ...]) -> dict[str, object]:
    return {
        name: value.decode(errors="replace") if isinstance(value, bytes) else value
        for name, value in zip(names, row, strict=True)
    }


def _copy(out: sqlite3.Connection, name: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    quoted = ", ".join(f'"{column}"' for column in columns)
    out.execute(f"create table {name} ({quoted})")
    out.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)  # noqa: S608  # our own names
