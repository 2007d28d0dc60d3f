"""What the collector's tables say together: money, stock, boxes, debts, buyers who agreed. Only looks.

Voided sales count for nothing; refunds stand beside what was sold, as at a box's close of the day. Money is in
minor units.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provisioning.collector.growth import Place, known_gaps


@dataclass(frozen=True, slots=True)
class Row:
    """Sales of one drop, price option, method, tier and currency: as a box's close of the day has them."""

    drop: str
    price: str
    method: str
    tier: str | None
    currency: str
    count: int
    amount: int
    discount: int
    tip: int


@dataclass(frozen=True, slots=True)
class Cell:
    """Sales of one hour, box, drop, price option, method and currency. `paid` is what came in before refunds."""

    hour: int  # Unix seconds of its beginning, by the box's clock
    box: str
    drop: str
    price: str
    method: str
    currency: str
    count: int
    paid: int


@dataclass(frozen=True, slots=True)
class Refunds:
    currency: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class LogLine:
    """One incarnation of one box. `held` entries from 0 without a gap, `cosigned` of them acknowledged."""

    box: str
    incarnation: int
    held: int
    cosigned: int
    heard: int  # Unix seconds
    is_forked: bool
    reason: str | None  # why it began; None where its first entry is missing
    missing: list[list[int]]


@dataclass(frozen=True, slots=True)
class Owed:
    """A payment that got neither a copy nor its money back."""

    box: str
    entry: str
    drop: str
    price: str
    amount: int
    currency: str
    lo: int


def rows(db: sqlite3.Connection, box: str | None = None) -> list[Row]:
    """What was sold, in the rows of a close of the day; of one box where it is named."""
    found = db.execute(
        "select drop_id, price, method, tier, currency, count(*), cast(total(amount) as integer),"
        " cast(total(discount) as integer), cast(total(tip) as integer)"  # sum() fails for amounts that are absurd
        " from standing where (? is null or box = ?)"
        " group by drop_id, price, method, tier, currency order by 1, 2, 3, 4, 5",
        (box, box),
    )
    return [Row(*each) for each in found]


def cells(db: sqlite3.Connection, *, since: int = 0) -> list[Cell]:
    """Sales from `since` on, the beginning of an hour by the boxes’ clocks, as finely as they are added up."""
    found = db.execute(
        "select hour, box, drop_id, price, method, currency, count, paid from sums where hour >= ? and count > 0",
        (since,),
    )
    return [Cell(*each) for each in found]


def refunds(db: sqlite3.Connection, *, since: int = 0) -> list[Refunds]:
    """Money given back for what was sold (or owed) from `since` on, by currency."""
    found = db.execute(
        "select currency, refunded from (select u.amount as refunded, coalesce(s.currency, o.currency) as currency,"
        " coalesce(s.lo, o.lo) as lo from undone u left join sales s using (box, incarnation, seq)"
        " left join owed o using (box, incarnation, seq) where u.type = 'refund') where lo >= ?",
        (since,),
    )
    amounts: dict[str, list[int]] = defaultdict(list)
    for currency, amount in found:
        amounts[currency].append(amount)
    return [Refunds(currency, len(each), sum(each)) for currency, each in sorted(amounts.items())]


def logs(db: sqlite3.Connection) -> list[LogLine]:
    """Every ledger that was heard of."""
    found = db.execute(
        "select l.box, l.incarnation, l.size, l.cosigned, l.heard, l.forked,"
        " (select json_extract(cast(e.leaf as text), '$.reason') from entries e where e.box = l.box"
        "  and e.incarnation = l.incarnation and e.seq = 0 and e.type = 'restart' limit 1)"
        " from logs l order by l.box, l.incarnation"
    ).fetchall()
    return [
        LogLine(box, incarnation, held, cosigned, heard, bool(forked), reason, known_gaps(db, (box, incarnation)))
        for box, incarnation, held, cosigned, heard, forked, reason in found
    ]


def owed(db: sqlite3.Connection) -> list[Owed]:
    """What no sale and no refund has ended, the oldest first."""
    found = db.execute(
        "select o.box, o.incarnation || ':' || o.seq, o.drop_id, o.price, o.amount, o.currency, o.lo from owed o"
        " where not exists (select 1 from sales s where s.box = o.box and s.owed = o.incarnation || ':' || o.seq)"
        " and not exists (select 1 from undone u where u.box = o.box and u.incarnation = o.incarnation"
        "  and u.seq = o.seq and u.type = 'refund') order by o.lo, o.box, o.incarnation, o.seq"
    )
    return [Owed(*each) for each in found]


@dataclass(frozen=True, slots=True)
class Used:
    """Copies of one drop at one box. `sold` stand, of them `numbers` with a number; `burnt` numbers are void and can
    not be sold again."""

    sold: int
    numbers: int
    burnt: int


_NONE = Used(0, 0, 0)


def used(db: sqlite3.Connection) -> dict[tuple[str, str], Used]:
    """What became of copies, by box and drop id. A number that came back unopened is as if it never left."""
    sold = db.execute("select box, drop_id, sum(count) from sums group by box, drop_id having sum(count) > 0")
    found = {(box, drop): Used(count, 0, 0) for box, drop, count in sold}
    numbered = db.execute(
        "select s.box, s.drop_id, count(distinct s.number) filter (where u.seq is null),"
        " count(distinct s.number) filter (where u.seq is null or not u.returned)"
        " from sales s left join (select box, incarnation, seq, max(returned) as returned from undone"
        "  where type = 'void' group by 1, 2, 3) u using (box, incarnation, seq)"
        " where s.number is not null group by s.box, s.drop_id"
    )
    for box, drop, numbers, gone in numbered:
        found[box, drop] = Used(found.get((box, drop), _NONE).sold, numbers, gone - numbers)
    return found


def agreed(db: sqlite3.Connection) -> int:
    """How many buyers left an address: as many as there are sealed ones that belong to their entries.

    (A cross join begins with the few attachments: SQLite keeps its order.)
    """
    row = db.execute(
        "select count(*) from attachments a cross join entries e using (box, incarnation, seq) where a.form = 'sealed'"
        " and e.type = 'contact' and json_extract(cast(e.leaf as text), '$.sha256') = a.digest"
    ).fetchone()
    return int(row[0])


def leaves(db: sqlite3.Connection, log: Place | None = None) -> Iterator[tuple[str, int, int, bytes]]:
    """Box, incarnation, seq and bytes of every leaf, in order; of one log where it is named."""
    box, incarnation = log if log is not None else (None, None)
    return db.execute(
        "select box, incarnation, seq, leaf from entries where (? is null or box = ?)"
        " and (? is null or incarnation = ?) order by box, incarnation, seq, hash",
        (box, box, incarnation, incarnation),
    )


def columns(cursor: sqlite3.Cursor) -> Sequence[str]:
    return [each[0] for each in cursor.description]
