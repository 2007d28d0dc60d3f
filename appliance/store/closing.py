"""Sums over everything since the last close of the day. Functions of an open transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from appliance.core.entries import reference


@dataclass(frozen=True, slots=True)
class Since:
    """What happened since the close named `reference` (None: ever). Voids and refunds also by paired phone."""

    reference: str | None
    rows: list[dict[str, object]]
    voids: list[tuple[int | None, int]]
    refunds: list[dict[str, object]]
    refunds_by: list[tuple[int | None, int]]
    owed: int
    unsynced: int
    oldest_lo: int | None


def note(db: sqlite3.Connection, key: tuple[int, int]) -> None:
    db.execute("insert into closes values (?, ?)", key)


def since_last(db: sqlite3.Connection) -> Since:
    """Totals by drop, price option, method, tier and currency, without sales that were voided meanwhile."""
    last = db.execute(
        "select i.ordinal, c.seq, c.incarnation from closes c join incarnations i using (incarnation)"
        " order by i.ordinal desc, c.seq desc limit 1"
    ).fetchone()
    ordinal, seq = (last[0], last[1]) if last else (0, -1)
    after = (ordinal, seq)
    return Since(
        reference=reference(last[2], last[1]) if last else None,
        rows=_rows(db, after),
        voids=_voids(db, after),
        refunds=_refunds(db, after),
        refunds_by=_refunds_by(db, after),
        owed=db.execute("select count(*) from owed where not ended").fetchone()[0],
        unsynced=db.execute("select count(*) from entries").fetchone()[0],
        oldest_lo=_oldest(db),
    )


def _rows(db: sqlite3.Connection, after: tuple[int, int]) -> list[dict[str, object]]:
    names = ("drop", "price", "method", "tier", "currency", "count", "amount", "discount", "tip")
    found = db.execute(
        "select drop_id, price, method, tier, currency, count(*), sum(amount), sum(discount), sum(tip)"
        " from sales s join incarnations i using (incarnation)"
        " where (i.ordinal, s.seq) > (?, ?) and not voided group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5",
        after,
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def _voids(db: sqlite3.Connection, after: tuple[int, int]) -> list[tuple[int | None, int]]:
    found = db.execute(
        "select json_extract(cast(e.leaf as text), '$.by'), count(*) from entries e join incarnations i"
        " using (incarnation) where (i.ordinal, e.seq) > (?, ?)"
        " and json_extract(cast(e.leaf as text), '$.type') = 'void' group by 1",
        after,
    )
    return [(row[0], row[1]) for row in found]


def _refunds(db: sqlite3.Connection, after: tuple[int, int]) -> list[dict[str, object]]:
    found = db.execute(
        "select r.currency, count(*), sum(r.amount) from refunds r join incarnations i on i.incarnation = r.entry_in"
        " where (i.ordinal, r.entry_seq) > (?, ?) group by 1 order by 1",
        after,
    )
    return [{"currency": row[0], "count": row[1], "amount": row[2]} for row in found]


def _refunds_by(db: sqlite3.Connection, after: tuple[int, int]) -> list[tuple[int | None, int]]:
    found = db.execute(
        "select r.phone, count(*) from refunds r join incarnations i on i.incarnation = r.entry_in"
        " where (i.ordinal, r.entry_seq) > (?, ?) group by 1",
        after,
    )
    return [(row[0], row[1]) for row in found]


def _oldest(db: sqlite3.Connection) -> int | None:
    row = db.execute(
        "select json_extract(cast(leaf as text), '$.time.lo') as lo"
        " from entries join incarnations i using (incarnation) where lo > 0 order by i.ordinal, seq limit 1"
    ).fetchone()
    return row[0] if row else None
