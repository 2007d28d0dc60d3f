"""Rows beside the entries: sales with their claims, answers by key, paired phones, what is known of the shelf."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from appliance.errors import RequestError
from appliance.store import answers, phones, sales, shelved
from appliance.store.sales import PICKUP_MS, NewClaim, Standing
from appliance.store.shelf import Shelved
from appliance.weblib.idempotency import Key, key_of
from tests.store.books import DROP, INCARNATION
from tests.store.test_numbers import memory

SALE: dict[str, object] = {
    "group": "g",
    "drop": DROP,
    "version": 1,
    "price": "print",
    "number": 17,
    "amount": 800,
    "discount": 0,
    "tip": 0,
    "currency": "EUR",
    "method": "cash",
    "payment_ref": None,
    "tier": None,
    "marked": 0,
    "owed": None,
}


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(memory(range(1, 20))) as made:
        made.execute("insert into incarnations (incarnation) values (?)", (INCARNATION,))
        yield made


def sell(db: sqlite3.Connection, seq: int, **fields: object) -> tuple[int, int]:
    """A sale at running time 0, with a claim."""
    key = INCARNATION, seq
    db.execute("insert into entries values (?, ?, x'00')", key)
    sales.insert(db, key, {**SALE, "number": seq, **fields}, lo=5)
    sales.insert_claim(db, key, NewClaim(f"code{seq}", f"hash{seq}", 1000, 50, f"{seq:04}"), 0)
    return key


def test_standing(db: sqlite3.Connection) -> None:
    """A sale is seen inside the transaction as the last change left it; one that never was is None."""
    key = sell(db, 3)
    assert sales.standing(db, (INCARNATION, 99)) is None
    assert sales.standing(db, key) == Standing(DROP, 3, voided=False, opened=False, delivered=False)
    sales.open_claim(db, key, (INCARNATION, 4))
    sales.mark_delivered(db, key)
    sales.void(db, key, returned=False)
    assert sales.standing(db, key) == Standing(DROP, 3, voided=True, opened=True, delivered=True)


def test_sold_under(db: sqlite3.Connection) -> None:
    """A price option's copies are counted by drop and option; one that came back counts no more, a burnt one does."""
    keys = [sell(db, seq) for seq in range(1, 5)]
    sell(db, 5, price="download")
    sales.void(db, keys[0], returned=True)
    sales.void(db, keys[1], returned=False)
    assert sales.sold_under(db, DROP, "print") == 3
    assert sales.sold_under(db, "f" * 16, "print") == 0


def test_pickup_numbers(db: sqlite3.Connection) -> None:
    """No two claims wait under one pickup number, nor is one looked for without end; after two minutes it is free."""
    sell(db, 7)
    assert sales.free_pickup(db, 0, ["0007", "0007", "0008"]) == "0008"
    assert sales.free_pickup(db, 0, ["0007", "0007"]) is None
    assert sales.free_pickup(db, PICKUP_MS, ["0007"]) == "0007"


def test_opened_leaves_the_screen(db: sqlite3.Connection) -> None:
    """An opened or voided claim has no pickup number; one that is shown again has a fresh one."""
    opened, voided, shown = sell(db, 1), sell(db, 2), sell(db, 3)
    sales.open_claim(db, opened, (INCARNATION, 9))
    sales.void(db, voided, returned=True)
    sales.show_again(db, shown, "4821", 60_000)
    rows = db.execute("select pickup, pickup_until from claims order by seq").fetchall()
    assert rows == [(None, PICKUP_MS), (None, PICKUP_MS), ("4821", 60_000 + PICKUP_MS)]


def test_top_up_and_rotation(db: sqlite3.Connection) -> None:
    """A topped up claim has the new end and more bytes; a rotated one only its new code."""
    key = sell(db, 1)
    sales.top_up(db, key, 9000, 25)
    sales.rotate(db, key, "newcode", "newhash")
    assert db.execute("select code, hash, ends_ms, byte_budget from claims").fetchone() == (
        "newcode",
        "newhash",
        9000,
        75,
    )


def test_frozen_once(db: sqlite3.Connection) -> None:
    """What is frozen stays: a second freezing adds what was missing and changes nothing."""
    key = sell(db, 1)
    sales.freeze(db, key, {"receipt": b"first"})
    sales.freeze(db, key, {"receipt": b"second", "picture": b"new"})
    rows = db.execute("select kind, body from frozen").fetchall()
    assert dict(rows) == {"receipt": b"first", "picture": b"new"}


def key(text: str, body: bytes = b"order") -> Key:
    return key_of(text, "POST", "/api/v1/sales", body)


def test_answer_again(db: sqlite3.Connection) -> None:
    """The same key with the same request finds its answer; another request under it is `key-reused`."""
    assert answers.find(db, key("a")) is None
    answers.keep(db, key("a"), "sold", 0)
    assert answers.find(db, key("a")) == "sold"
    assert answers.find(db, key("b")) is None
    with pytest.raises(RequestError) as refusal:
        answers.find(db, key("a", b"another order"))
    assert (refusal.value.code, refusal.value.status_hint) == ("key-reused", 422)


def test_answers_are_kept_a_week(db: sqlite3.Connection) -> None:
    """An answer is kept for seven days of running time, and then forgotten with the next one."""
    answers.keep(db, key("a"), "sold", 0)
    answers.keep(db, key("b"), "sold", answers.KEEP_MS)
    assert answers.find(db, key("a")) == "sold"
    answers.keep(db, key("c"), "sold", answers.KEEP_MS + 1)
    assert answers.find(db, key("a")) is None


def test_phones_are_numbered(db: sqlite3.Connection) -> None:
    """Paired phones have numbers from 1; two never share a secret."""
    assert [phones.insert(db, "Ana", "s1"), phones.insert(db, "Ana", "s2")] == [1, 2]
    with pytest.raises(sqlite3.IntegrityError):
        phones.insert(db, "Ben", "s1")


def test_quarantine_ends_with_a_new_copy(db: sqlite3.Connection) -> None:
    """A file in quarantine is whole again once it was brought again."""
    for _ in range(2):
        shelved.note(db, [Shelved("aa", 5, 9)])
    shelved.quarantine(db, "aa")
    assert db.execute("select quarantined from shelf").fetchall() == [(1,)]
    shelved.note(db, [Shelved("aa", 5, 9)])
    assert db.execute("select quarantined from shelf").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("delete from answers where made_ms < 5", "answers_by_age"),
        (
            "select count(*) from sales where drop_id = 'd' and price = 'p' and not (voided and returned)",
            "COVERING INDEX sales_by_option",
        ),
        ("select 1 from claims where pickup = '1' and pickup_until > 5", "claims_by_pickup"),
        (
            "select drop_id, state, count(*) from numbers group by drop_id, state",
            "COVERING INDEX numbers_free",
        ),
    ],
)
def test_questions_of_a_sale(db: sqlite3.Connection, question: str, index: str) -> None:
    """What every sale asks is answered from an index, so that the thousandth sale is as quick as the first."""
    plan = str(db.execute(f"explain query plan {question}").fetchall())
    assert index in plan
    assert "TEMP B-TREE" not in plan
