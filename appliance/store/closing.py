"""Sums over everything since the last close of the day. Functions of an open transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from appliance.core.entries import reference

Place = tuple[int, int]  # ordinal of the incarnation, seq
BEGINNING: Place = (0, -1)
END: Place = (2**62, 0)


@dataclass(frozen=True, slots=True)
class Since:
    """What happened since the close named `reference` (None: ever)."""

    reference: str | None
    rows: list[dict[str, object]]
    refunds: list[dict[str, object]]
    undone: list[Undone]
    owed: int
    unsynced: int
    oldest_lo: int | None


@dataclass(frozen=True, slots=True)
class Undone:
    """Voids and refunds that one paired phone made; None: at the box itself."""

    phone: int | None
    voids: int
    refunds: int


def note(db: sqlite3.Connection, key: tuple[int, int]) -> None:
    db.execute("insert into closes values (?, ?)", key)


def since_last(db: sqlite3.Connection) -> Since:
    """Totals by drop, price option, method, tier and currency, without sales that were voided meanwhile."""
    last = db.execute(
        "select i.ordinal, c.seq, c.incarnation from closes c join incarnations i using (incarnation)"
        " order by i.ordinal desc, c.seq desc limit 1"
    ).fetchone()
    after: Place = (last[0], last[1]) if last else BEGINNING
    return Since(
        reference=reference(last[2], last[1]) if last else None,
        rows=_rows(db, after),
        refunds=_refunds(db, after),
        undone=undone(db, after),
        owed=db.execute("select count(*) from owed where not ended").fetchone()[0],
        unsynced=db.execute("select count(*) from outbox").fetchone()[0],
        oldest_lo=oldest_lo(db),
    )


def _rows(db: sqlite3.Connection, after: Place) -> list[dict[str, object]]:
    names = ("drop", "price", "method", "tier", "currency", "count", "amount", "discount", "tip")
    found = db.execute(
        "select drop_id, price, method, tier, currency, count(*), sum(amount), sum(discount), sum(tip)"
        " from sales s join incarnations i using (incarnation)"
        " where (i.ordinal, s.seq) > (?, ?) and not voided group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5",
        after,
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def _refunds(db: sqlite3.Connection, after: Place) -> list[dict[str, object]]:
    found = db.execute(
        "select r.currency, count(*), sum(r.amount) from refunds r join incarnations i on i.incarnation = r.entry_in"
        " where (i.ordinal, r.entry_seq) > (?, ?) group by 1 order by 1",
        after,
    )
    return [{"currency": row[0], "count": row[1], "amount": row[2]} for row in found]


def undone(db: sqlite3.Connection, after: Place, until: Place = END) -> list[Undone]:
    """Voids and refunds between two places in the log, by paired phone; the box itself first."""
    found = db.execute(
        "select by_phone, sum(type = 'void'), sum(type = 'refund') from ("
        " select json_extract(json, '$.by') as by_phone, json_extract(json, '$.type') as type"
        " from texts e join incarnations i using (incarnation)"
        " where (i.ordinal, e.seq) > (?, ?) and (i.ordinal, e.seq) < (?, ?))"
        " where type in ('void', 'refund') group by 1 order by 1",
        (*after, *until),
    )
    return [Undone(*row) for row in found]


def place(db: sqlite3.Connection, key: tuple[int, int]) -> Place:
    """Where an entry stands among all incarnations; the beginning for one whose incarnation is not here."""
    row = db.execute("select ordinal from incarnations where incarnation = ?", (key[0],)).fetchone()
    return (row[0], key[1]) if row else BEGINNING


def leaf(db: sqlite3.Connection, key: tuple[int, int]) -> bytes | None:
    """The `close` entry of that key."""
    row = db.execute(
        "select leaf from entries join closes using (incarnation, seq) where incarnation = ? and seq = ?", key
    ).fetchone()
    return bytes(row[0]) if row else None


def oldest_lo(db: sqlite3.Connection) -> int | None:
    """When the oldest entry was written that nobody has acknowledged, as far as the box knew the time."""
    row = db.execute(
        "select json_extract(json, '$.time.lo') as lo from outbox"
        " where json_extract(json, '$.time.quality') <> 'none' order by ordinal, seq limit 1"
    ).fetchone()
    return row[0] if row else None
