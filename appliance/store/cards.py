"""Orders that wait for a card payment, as rows: no sales yet. Functions of an open transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

KEEP_MS = 3 * 24 * 3600 * 1000

_SELECT = (
    "select c.key, c.body, c.title, c.amount, c.currency, c.phone, a.key is not null"
    " from card_orders c left join answers a using (key)"
)


@dataclass(frozen=True, slots=True)
class CardOrder:
    """What the card is charged for; `body` is the order as JSON."""

    key: str
    body: str
    title: str
    amount: int
    currency: str
    phone: int | None
    sold: bool = False  # the card was charged and the sale is made


def keep(db: sqlite3.Connection, order: CardOrder, running_ms: int) -> None:
    """Keeps an order for three days of running time; one that is kept already waits again, as it was."""
    db.execute("delete from card_orders where made_ms < ?", (running_ms - KEEP_MS,))
    db.execute(
        "insert into card_orders (key, body, title, amount, currency, phone, made_ms) values (?, ?, ?, ?, ?, ?, ?)"
        " on conflict (key) do update set dropped = 0",
        (order.key, order.body, order.title, order.amount, order.currency, order.phone, running_ms),
    )


def find(db: sqlite3.Connection, key: str, running_ms: int) -> CardOrder | None:
    """One that is kept; the answer that makes it a sale once is kept for longer."""
    row = db.execute(f"{_SELECT} where c.key = ? and c.made_ms >= ?", (key, running_ms - KEEP_MS)).fetchone()
    return _read(row) if row else None


def waiting(db: sqlite3.Connection, running_ms: int) -> list[CardOrder]:
    """Orders that are neither sold nor dropped, the newest first."""
    rows = db.execute(
        f"{_SELECT} where not dropped and a.key is null and c.made_ms >= ? order by c.made_ms desc",
        (running_ms - KEEP_MS,),
    )
    return [_read(row) for row in rows]


def drop(db: sqlite3.Connection, key: str) -> None:
    """The card was not charged."""
    db.execute("update card_orders set dropped = 1 where key = ?", (key,))


def _read(row: tuple[Any, ...]) -> CardOrder:
    key, body, title, amount, currency, phone, sold = row
    return CardOrder(key, body, title, amount, currency, phone, bool(sold))
