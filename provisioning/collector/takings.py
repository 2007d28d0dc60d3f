"""What an entry means to the collector's tables: what it took, what was sold, owed and undone; and the cases.

Every table here follows from the set of entries alone, whatever the order in which they came. Runs in the caller's
transaction.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable

from appliance.core.audit import Fact, Once, Taking, takings
from appliance.core.entries import Entry, split_reference
from appliance.core.settle import Taker, doubles
from provisioning.collector.growth import Place

FORK = "fork"


def note(db: sqlite3.Connection, fact: Fact) -> set[Taking]:
    """Writes down what a new entry means. Which things have to be settled anew because of it."""
    entry = fact.entry
    assert entry is not None, "what is no entry means nothing"
    key = (entry.box, entry.incarnation, entry.seq, fact.hash)
    taken = takings(entry)
    db.executemany(
        "insert into takings values (?, ?, ?, ?, ?, ?)", [(each.once.value, each.name, *key) for each in taken]
    )
    if entry.type == "sale":
        _note_sale(db, entry, key)
    elif entry.type == "owed":
        f = entry.fields
        row = (*key, f["drop"], f["price"], f["amount"], f["currency"], entry.time.lo)
        db.execute("insert into owed values (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    elif entry.type in {"void", "refund"}:
        return _note_undone(db, entry, fact.hash)
    return set(taken)


def settle(db: sqlite3.Connection, taking: Taking, now: int) -> str | None:
    """Opens a case where something was given away twice, or lets one stand down. The id of the one that stands."""
    return _put_case(db, taking.once.value, taking.name, bool(doubles(taking.once, takers(db, taking))), now)


def open_fork(db: sqlite3.Connection, log: Place, now: int) -> str:
    """The case against a box that has signed two histories of one incarnation."""
    found = _put_case(db, FORK, f"{log[0]}:{log[1]}", True, now)
    assert found is not None, "it stands"
    return found


def takers(db: sqlite3.Connection, taking: Taking) -> list[Taker]:
    """Every entry that took this."""
    rows = db.execute(
        "select t.box, t.incarnation, t.seq, t.hash, s.box is null, s.owed, exists (select 1 from undone u"
        " where u.box = t.box and u.incarnation = t.incarnation and u.seq = t.seq and u.type = 'void' and u.returned)"
        " from takings t left join sales s using (box, incarnation, seq, hash) where t.once = ? and t.name = ?",
        (taking.once.value, taking.name),
    )
    return [
        Taker(box, incarnation, seq, leaf, bool(is_owed), owed, bool(returned))
        for box, incarnation, seq, leaf, is_owed, owed, returned in rows
    ]


def case_id(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()[:16]


def _put_case(db: sqlite3.Connection, kind: str, name: str, stands: bool, now: int) -> str | None:
    case = case_id(kind, name)
    if stands:
        db.execute(
            "insert into cases (id, kind, name, stands, opened) values (?, ?, ?, 1, ?)"
            " on conflict (id) do update set stands = 1",
            (case, kind, name, now),
        )
        return case
    db.execute("update cases set stands = 0 where id = ?", (case,))
    return None


def _note_sale(db: sqlite3.Connection, entry: Entry, key: tuple[object, ...]) -> None:
    f = entry.fields
    values = [
        f[name]
        for name in ("group", "drop", "price", "number", "amount", "discount", "tip", "currency", "method", "tier")
    ]
    row = (*key, *values, int(bool(f["marked"])), f["owed"], entry.time.lo, entry.time.quality.value)
    db.execute(f"insert into sales values ({', '.join('?' * len(row))})", row)  # noqa: S608  # question marks alone


def _note_undone(db: sqlite3.Connection, entry: Entry, leaf: bytes) -> set[Taking]:
    """A void gives a number back, so whatever the sale took is settled anew."""
    f = entry.fields
    incarnation, seq = split_reference(str(f["sale"]))
    amount, returned = (f["amount"], 0) if entry.type == "refund" else (0, int(bool(f["returned"])))
    row = (entry.box, incarnation, seq, entry.incarnation, entry.seq, leaf, entry.type, amount, returned, f["reason"])
    db.execute("insert into undone values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return set(_taken_by(db, entry.box, incarnation, seq))


def _taken_by(db: sqlite3.Connection, box: str, incarnation: int, seq: int) -> Iterable[Taking]:
    rows = db.execute(
        "select once, name from takings where box = ? and incarnation = ? and seq = ?", (box, incarnation, seq)
    )
    return [Taking(Once(once), name) for once, name in rows]
