"""ledger.db as SQLite: durable or refused, whole or refused, and its history cannot be rewritten by a slip."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.core.clock import Kept, Quality, Stamp
from appliance.errors import StoreError
from appliance.store import cases, clock, database

FIRST = "insert into incarnations (incarnation) values (7)"
ENTRY = "insert into entries values (7, 0, x'00')"
SALE = (
    "insert into sales (incarnation, seq, grouping, drop_id, version, price, number, amount, discount, tip, currency,"
    " method, marked, lo) values (7, {seq}, 'g', 'd', 1, 'p', 17, 800, 0, 0, 'EUR', 'cash', 0, 0)"
)
CLAIM = "insert into claims (incarnation, seq, hash, code, ends_ms, byte_budget) values (7, 0, 'h', 'c', 1, 1)"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(database.open_writer(tmp_path / "ledger.db")) as made:
        for statement in (FIRST, ENTRY, SALE.format(seq=0), CLAIM):
            made.execute(statement)
        made.execute("insert into numbers (drop_id, number, state, certificate) values ('d', 17, 'sold', x'00')")
        made.execute("insert into frozen values (7, 0, 'receipt', x'00')")
        made.execute("insert into acknowledged values (7, 1, 'checkpoint')")
        yield made


def test_durable(db: sqlite3.Connection) -> None:
    """The writer has WAL, full sync and foreign keys."""
    asked = [db.execute(f"pragma {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert asked == ["wal", database.FULL, 1]


def test_not_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where WAL cannot be had (as in memory) the ledger is refused rather than kept without durability."""
    monkeypatch.chdir(tmp_path)
    Path(":memory:").touch()
    with pytest.raises(StoreError, match="cannot be written durably"):
        database.open_writer(Path(":memory:"))


def test_mode(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Only the box's account can read the ledger: it holds claim codes."""
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600


def test_strict(db: sqlite3.Connection) -> None:
    """Every table is STRICT: a text in a column of numbers is refused."""
    rows = db.execute(
        "select name, strict from pragma_table_list"
        " where schema = 'main' and type = 'table' and name not like 'sqlite_%'"
    )
    tables = dict(rows.fetchall())
    assert len(tables) > 10
    assert set(tables.values()) == {1}
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("insert into clock_questions values ('paper:trust', 'soon')")


@pytest.mark.parametrize(
    "slip",
    [
        "delete from entries",
        "update entries set leaf = x'01'",
        "update entries set seq = 5",
        "delete from incarnations",
        "delete from sales",
        "delete from claims",
        "delete from numbers",
        "update numbers set state = 'away'",
        "update numbers set state = 'blocked'",
        "delete from frozen",
        "update frozen set body = x'01'",
        "delete from acknowledged",
        "update acknowledged set size = 0",
    ],
)
def test_rows_stay(db: sqlite3.Connection, slip: str) -> None:
    """What was recorded is neither deleted nor changed, whoever asks."""
    with pytest.raises(sqlite3.IntegrityError, match=r"never|does not come back"):
        db.execute(slip)


def test_burnt_stays(db: sqlite3.Connection) -> None:
    """A burnt number is never free again."""
    db.execute("update numbers set state = 'burnt'")
    with pytest.raises(sqlite3.IntegrityError, match="does not come back"):
        db.execute("update numbers set state = 'free'")


def test_number_once(db: sqlite3.Connection) -> None:
    """A number has one sale that stands; a second is refused until the first was voided and returned."""
    db.execute("insert into entries values (7, 1, x'00')")
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(SALE.format(seq=1))
    db.execute("update sales set voided = 1, returned = 1 where seq = 0")
    db.execute(SALE.format(seq=1))


def test_outbox(db: sqlite3.Connection) -> None:
    """What waits is what lies above the acknowledged size, incarnation by incarnation, in the order of the log."""
    db.execute("insert into incarnations (incarnation) values (3)")
    for incarnation, seq in ((3, 0), (7, 1), (7, 2)):
        db.execute("insert into entries values (?, ?, x'7b7d')", (incarnation, seq))
    db.execute("update acknowledged set size = 2")
    assert db.execute("select incarnation, seq, json from outbox order by ordinal, seq").fetchall() == [
        (7, 2, "{}"),
        (3, 0, "{}"),
    ]


@pytest.mark.usefixtures("db")
async def test_reader_cannot_write(tmp_path: Path) -> None:
    """Whoever only looks cannot write by accident."""
    reader = await database.open_reader(tmp_path / "ledger.db")
    try:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await reader.execute("insert into clock_questions values ('paper:trust', 2)")
    finally:
        await reader.close()


def first_ledger(path: Path) -> None:
    """A ledger as the first stallbox left it, with a sale of number 17 and a floor of 9."""
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.executescript(Path(database.__file__).with_name("schema").joinpath("0001.sql").read_text())
        first_sale = SALE.format(seq=0).replace(" marked,", "").replace("'cash', 0, 0)", "'cash', 0)")
        number = "insert into numbers values ('d', 17, 'sold', x'00')"
        for statement in (FIRST, ENTRY, first_sale, CLAIM, number, "insert into floor values (1, 9)"):
            made.execute(statement)
        made.execute("pragma user_version=1")


def test_earlier_schema(tmp_path: Path) -> None:
    """A ledger of the first stallbox is brought up with its sales, its numbers and the clock's floor."""
    path = tmp_path / "ledger.db"
    first_ledger(path)
    assert clock.read(path) == Kept(Stamp(9, None, Quality.FLOOR, "", 0), None, None, ())
    with closing(database.open_writer(path)) as db:
        assert db.execute("select number, marked, tier from sales").fetchall() == [(17, 0, None)]
        assert db.execute("select number, state, releases from numbers").fetchall() == [(17, "sold", 0)]
        assert db.execute("select incarnation, seq from outbox").fetchall() == [(7, 0)]
    assert clock.read(path) == Kept(Stamp(9, None, Quality.FLOOR, "", 0), None, None, ())


def test_later_schema(tmp_path: Path) -> None:
    """A ledger of a later stallbox is refused, in a sentence, and left as it is."""
    with closing(database.open_writer(tmp_path / "ledger.db")) as made:
        made.execute("pragma user_version=99")
    with pytest.raises(StoreError, match="later stallbox") as refusal:
        database.open_writer(tmp_path / "ledger.db")
    assert refusal.value.code == "store"


def test_quick_check(tmp_path: Path) -> None:
    """A file with overwritten pages is not opened."""
    path = tmp_path / "ledger.db"
    with closing(database.open_writer(path)) as made:
        made.execute(FIRST)
        made.execute("pragma wal_checkpoint(truncate)")
    data = bytearray(path.read_bytes())
    data[4096 + 8 : -4096] = b"\xa5" * (len(data) - 8192 - 8)
    path.write_bytes(data)
    with pytest.raises(sqlite3.DatabaseError) as fault:
        database.open_writer(path)
    assert database.is_damage(fault.value)


@pytest.mark.parametrize(
    ("code", "is_damage"),
    [
        (sqlite3.SQLITE_CORRUPT, True),
        (sqlite3.SQLITE_CORRUPT_VTAB, True),
        (sqlite3.SQLITE_NOTADB, True),
        (sqlite3.SQLITE_ERROR, True),
        (sqlite3.SQLITE_FULL, False),
        (sqlite3.SQLITE_IOERR_WRITE, False),
        (sqlite3.SQLITE_IOERR_FSYNC, False),
        (sqlite3.SQLITE_READONLY, False),
        (sqlite3.SQLITE_CANTOPEN, False),
        (sqlite3.SQLITE_BUSY, False),
    ],
)
def test_damage(code: int, is_damage: bool) -> None:
    """Only what is wrong with the content counts as damage; room, rights and the disk do not."""
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    assert database.is_damage(error) is is_damage


def test_set_aside(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A ledger that is set aside takes its WAL along, under a name that tells when."""
    path = tmp_path / "ledger.db"
    before = {name: (tmp_path / name).read_bytes() for name in ("ledger.db", "ledger.db-wal")}
    aside = database.set_aside(path, "1796000000-0000002a")
    assert aside == tmp_path / "ledger.damaged-1796000000-0000002a.db"
    assert not path.exists()
    assert not (tmp_path / "ledger.db-wal").exists()
    assert aside.read_bytes() == before["ledger.db"]
    assert aside.with_name(aside.name + "-wal").read_bytes() == before["ledger.db-wal"]


def test_third_schema(tmp_path: Path) -> None:
    """A ledger from before anything travelled beside it is brought up with its entries, and takes what travels now."""
    path = tmp_path / "ledger.db"
    first_ledger(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        for step in ("0002", "0003"):
            made.executescript(Path(database.__file__).with_name("schema").joinpath(f"{step}.sql").read_text())
        made.execute("insert into acknowledged values (7, 1, 'checkpoint')")
        made.execute("pragma user_version=3")
    with closing(database.open_writer(path)) as db:
        db.execute("insert into attachments (incarnation, seq, form, data) values (7, 0, 'sealed', x'00')")
        db.execute("insert into contacts values (7, 0, 7, 0)")
        assert db.execute("select sent from attachments").fetchall() == [(0,)]
        assert db.execute("select size from acknowledged").fetchall() == [(1,)]


def test_attachments_go(db: sqlite3.Connection, tmp_path: Path) -> None:
    """What lies beside the ledger can be deleted, and is then nowhere in the file; its entry stays."""
    secret = b"sealed for nobody else " * 9
    db.execute("insert into attachments (incarnation, seq, form, data) values (7, 0, 'sealed', ?)", (secret,))
    db.execute("pragma wal_checkpoint(truncate)")
    assert secret in (tmp_path / "ledger.db").read_bytes()
    db.execute("delete from attachments")
    db.execute("pragma wal_checkpoint(truncate)")
    assert secret[:23] not in (tmp_path / "ledger.db").read_bytes()
    assert db.execute("select count(*) from entries").fetchone() == (1,)


def test_fourth_schema(tmp_path: Path) -> None:
    """A ledger from before the collector told of cases is brought up with what it had acknowledged and what waits."""
    path = tmp_path / "ledger.db"
    first_ledger(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        for step in ("0002", "0003", "0004"):
            made.executescript(Path(database.__file__).with_name("schema").joinpath(f"{step}.sql").read_text())
        made.execute("pragma user_version=4")
    with closing(database.open_writer(path)) as db:
        assert db.execute("select seq from outbox").fetchall() == [(0,)]
        cases.note(db, 7, [(0, "forked", "a1"), (9, "forked", "a1")])
        assert db.execute("select seq from outbox").fetchall() == [(0,)]
        assert cases.fork(db, 7, "a1")
        assert not cases.fork(db, 7, "a2")
        assert db.execute("select seq from outbox").fetchall() == []
