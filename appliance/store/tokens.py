"""Spent tokens, what is owed, refunds and refusals as rows. Functions of an open transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from appliance.store.rows import OWED, OwedRow

Key = tuple[int, int]
_DISCOUNT_MS = 3 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Spent:
    """The entry that took a token, and the sale that came of it: None while it is owed."""

    entry: Key
    sale: Key | None
    is_refunded: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid under a sale or an owed entry. `is_void`: a sale that was voided."""

    amount: int
    currency: str
    is_refunded: bool
    is_void: bool
    has_ended: bool  # owed, and handed out since


def find(db: sqlite3.Connection, issuer: str, cti: str) -> Spent | None:
    row = db.execute("select incarnation, seq from spent where issuer = ? and cti = ?", (issuer, cti)).fetchone()
    if row is None:
        return None
    entry = (row[0], row[1])
    is_refunded = db.execute("select 1 from refunds where incarnation = ? and seq = ?", entry).fetchone() is not None
    if db.execute("select 1 from owed where incarnation = ? and seq = ?", entry).fetchone() is None:
        return Spent(entry, entry, is_refunded)
    return Spent(entry, served(db, entry), is_refunded)


def served(db: sqlite3.Connection, owed: Key) -> Key | None:
    """The sale that ended what was owed."""
    row = db.execute("select incarnation, seq from sales where owed_in = ? and owed_seq = ?", owed).fetchone()
    return (row[0], row[1]) if row else None


def spend(db: sqlite3.Connection, issuer: str, cti: str, entry: Key) -> None:
    """Takes a token: sqlite3.IntegrityError where it was taken before."""
    db.execute("insert into spent (issuer, cti, incarnation, seq) values (?, ?, ?, ?)", (issuer, cti, *entry))


def by_issuer(db: sqlite3.Connection, issuer: str) -> int:
    """Sales and owed entries from one key, ever."""
    return int(db.execute("select count(*) from spent where issuer = ?", (issuer,)).fetchone()[0])


def owe(db: sqlite3.Connection, owed: OwedRow) -> None:
    db.execute(
        "insert into owed (incarnation, seq, issuer, cti, sha256, drop_id, price, amount, currency, lo,"
        " list_price, discount_reason, method, tier, marked) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(
                *owed.key,
                owed.issuer,
                owed.cti,
                owed.sha256,
                owed.drop,
                owed.price,
                owed.amount,
                owed.currency,
                owed.lo,
            ),
            *(owed.list_price, owed.discount_reason, owed.method, owed.tier, owed.marked),
        ),
    )


def owed(db: sqlite3.Connection, key: Key) -> OwedRow | None:
    row = db.execute(f"{OWED} where o.incarnation = ? and o.seq = ?", key).fetchone()
    return OwedRow(key, *row[2:]) if row else None


def end_owed(db: sqlite3.Connection, key: Key) -> None:
    """What was owed has been handed out or paid back."""
    db.execute("update owed set ended = 1 where incarnation = ? and seq = ?", key)


def paid(db: sqlite3.Connection, key: Key) -> Paid | None:
    """What was paid under this sale or owed entry; None where there is neither."""
    refunded = db.execute("select 1 from refunds where incarnation = ? and seq = ?", key).fetchone() is not None
    sale = db.execute(
        "select amount - discount + tip, currency, voided from sales where incarnation = ? and seq = ?", key
    ).fetchone()
    if sale is not None:
        return Paid(sale[0], sale[1], refunded, is_void=bool(sale[2]), has_ended=False)
    debt = owed(db, key)
    if debt is None:
        return None
    has_ended = bool(debt.has_ended) and not refunded
    return Paid(debt.amount, debt.currency, refunded, is_void=False, has_ended=has_ended)


def refund(db: sqlite3.Connection, key: Key, amount: int, currency: str, phone: int | None, entry: Key) -> None:
    db.execute("insert into refunds values (?, ?, ?, ?, ?, ?, ?)", (*key, amount, currency, phone, *entry))
    end_owed(db, key)


def refuse(db: sqlite3.Connection, issuer: str, cti: str, reason: str) -> bool:
    """Notes a refusal; whether it is the first for this token and reason."""
    found = db.execute("insert into refusals values (?, ?, ?) on conflict do nothing", (issuer, cti, reason))
    return found.rowcount == 1


def keep_discount(db: sqlite3.Connection, nonce: bytes, reason: str, running_ms: int) -> None:
    """Keeps why an offer was cheaper, for as long as a token for it may come."""
    db.execute("delete from discounts where made_ms < ?", (running_ms - _DISCOUNT_MS,))
    db.execute("insert or replace into discounts values (?, ?, ?)", (nonce, reason, running_ms))


def discount(db: sqlite3.Connection, nonce: bytes) -> str | None:
    row = db.execute("select reason from discounts where nonce = ?", (nonce,)).fetchone()
    return row[0] if row else None
