"""Copies that cost nothing, counted: in all and over the last hour. Functions of an open transaction."""

from __future__ import annotations

import sqlite3

_NTH_LAST = (
    "select json_extract(json, '$.time.boot'), json_extract(json, '$.time.boottime_ms')"
    " from sales s join incarnations i using (incarnation) join texts using (incarnation, seq)"
    " where s.method = 'free' and not (s.voided and s.returned)"
    " order by i.ordinal desc, s.seq desc limit 1 offset ?"
)


def given(db: sqlite3.Connection) -> int:
    """Free copies that were not given back."""
    query = "select count(*) from sales where method = 'free' and not (voided and returned)"
    return int(db.execute(query).fetchone()[0])


def nth_last_ms(db: sqlite3.Connection, count: int) -> int | None:
    """The running time at which the `count`-th last free copy was given; None where there were fewer."""
    row = db.execute(_NTH_LAST, (count - 1,)).fetchone()
    if row is None:
        return None
    boot = db.execute("select before_ms from running where boot = ?", (row[0],)).fetchone()
    return int(boot[0] + row[1]) if boot else None
