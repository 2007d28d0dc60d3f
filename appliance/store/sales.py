"""Sales and their claims as rows: what a transaction writes beside the entry. Functions of an open transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appliance.core.entries import split_reference
from appliance.store.rows import SALES, SaleRow

PICKUP_MS = 120_000


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A claim to be opened: running time in milliseconds, a budget in bytes."""

    code: str
    hash: str
    ends_ms: int
    byte_budget: int
    pickup: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a sale stands inside the transaction that is about to change it."""

    drop: str
    number: int | None
    voided: bool
    opened: bool
    delivered: bool


def insert(db: sqlite3.Connection, key: tuple[int, int], sale: Mapping[str, object], lo: int) -> None:
    """The row of a `sale` entry; `key` is (incarnation, seq)."""
    names = ("group", "drop", "version", "price", "number", "amount", "discount", "tip", "currency", "method")
    owed = split_reference(str(sale["owed"])) if sale["owed"] is not None else (None, None)
    rest = (sale["payment_ref"], sale["tier"], sale["marked"], *owed, lo)
    db.execute(
        "insert into sales (incarnation, seq, grouping, drop_id, version, price, number, amount, discount, tip,"
        " currency, method, payment_ref, tier, marked, owed_in, owed_seq, lo)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*key, *(sale[name] for name in names), *rest),
    )


def give_way(db: sqlite3.Connection, drop: str, number: int) -> None:
    """A number is sold although it was before: only where a ledger had forgotten that, and the stall owner said that
    it was not sold. The earlier sale and its claim stand; the number is the later one's to give back."""
    db.execute("update sales set returned = 1 where drop_id = ? and number = ? and not returned", (drop, number))


def sale(db: sqlite3.Connection, key: tuple[int, int]) -> SaleRow | None:
    row = db.execute(f"{SALES} where s.incarnation = ? and s.seq = ?", key).fetchone()
    return SaleRow(*row) if row else None


def sold_under(db: sqlite3.Connection, drop: str, price: str) -> int:
    """Copies sold under a price option; a void whose number came back counts no more."""
    row = db.execute(
        "select count(*) from sales where drop_id = ? and price = ? and not (voided and returned)", (drop, price)
    ).fetchone()
    return int(row[0])


def standing(db: sqlite3.Connection, key: tuple[int, int]) -> Standing | None:
    row = db.execute(
        "select drop_id, number, voided, opened_seq is not null, delivered"
        " from sales join claims using (incarnation, seq) where incarnation = ? and seq = ?",
        key,
    ).fetchone()
    return Standing(row[0], row[1], bool(row[2]), bool(row[3]), bool(row[4])) if row else None


def void(db: sqlite3.Connection, key: tuple[int, int], returned: bool) -> None:
    db.execute("update sales set voided = 1, returned = ? where incarnation = ? and seq = ?", (returned, *key))
    db.execute("update claims set pickup = null where incarnation = ? and seq = ?", key)


def insert_claim(db: sqlite3.Connection, key: tuple[int, int], claim: NewClaim, running_ms: int) -> None:
    db.execute(
        "insert into claims (incarnation, seq, hash, code, ends_ms, byte_budget, pickup, pickup_until)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        (*key, claim.hash, claim.code, claim.ends_ms, claim.byte_budget, claim.pickup, running_ms + PICKUP_MS),
    )


def free_pickup(db: sqlite3.Connection, running_ms: int, drawn: Iterable[str]) -> str | None:
    """The first of these pickup numbers that no waiting claim has; None where all are taken."""
    for number in drawn:
        taken = db.execute("select 1 from claims where pickup = ? and pickup_until > ?", (number, running_ms))
        if taken.fetchone() is None:
            return number
    return None


def show_again(db: sqlite3.Connection, key: tuple[int, int], pickup: str | None, running_ms: int) -> None:
    """A fresh pickup number for two minutes."""
    db.execute(
        "update claims set pickup = ?, pickup_until = ? where incarnation = ? and seq = ?",
        (pickup, running_ms + PICKUP_MS, *key),
    )


def rotate(db: sqlite3.Connection, key: tuple[int, int], code: str, claim_hash: str) -> None:
    """Another code for the same claim; the old one is no longer known."""
    db.execute("update claims set code = ?, hash = ? where incarnation = ? and seq = ?", (code, claim_hash, *key))


def top_up(db: sqlite3.Connection, key: tuple[int, int], ends_ms: int, more_bytes: int) -> None:
    db.execute(
        "update claims set ends_ms = ?, byte_budget = byte_budget + ? where incarnation = ? and seq = ?",
        (ends_ms, more_bytes, *key),
    )


def open_claim(db: sqlite3.Connection, key: tuple[int, int], opened: tuple[int, int]) -> None:
    """Notes the entry `opened`; the claim leaves the screen."""
    db.execute(
        "update claims set opened_in = ?, opened_seq = ?, pickup = null where incarnation = ? and seq = ?",
        (*opened, *key),
    )


def note_progress(db: sqlite3.Connection, key: tuple[int, int], bytes_out: int, coverage: str) -> None:
    """What has gone out; nothing is written where that is no more than was kept."""
    db.execute(
        "update claims set bytes_out = ?, coverage = ? where incarnation = ? and seq = ? and bytes_out < ?",
        (bytes_out, coverage, *key, bytes_out),
    )


def mark_delivered(db: sqlite3.Connection, key: tuple[int, int]) -> None:
    db.execute("update claims set delivered = 1 where incarnation = ? and seq = ?", key)


def freeze(db: sqlite3.Connection, key: tuple[int, int], bodies: Mapping[str, bytes]) -> None:
    """Stores what a claim serves from now on; what is frozen already stays."""
    db.executemany(
        "insert into frozen values (?, ?, ?, ?) on conflict do nothing",
        ((*key, kind, body) for kind, body in bodies.items()),
    )
