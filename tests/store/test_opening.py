"""The start of the box: the history that was left goes on, any other begins again, and no file is ever thrown away."""

from __future__ import annotations

import asyncio
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.tlog import read_checkpoint, read_origin
from appliance.errors import StoreError
from appliance.store.ledger import Book
from appliance.store.opening import open_ledger
from appliance.store.second import Head, SecondPlace
from tests import ledgers
from tests.store.books import BOX, DROP, note, open_in, opened, stamp

EDITIONS = {DROP: 100}
OTHER_BOOT = "00000000-0000-4000-8000-000000000002"


def sell(number: int) -> Callable[[Book], object]:
    def work(book: Book) -> None:
        note(book, number)
        book.sold(DROP, number)

    return work


async def sold(folder: Path, *sales: int) -> Head:
    """A box that has sold these numbers; its head when it stopped."""
    async with opened(folder, editions=EDITIONS) as opening:
        for number in sales:
            await opening.ledger.record(sell(number), stamp())
        return opening.ledger.head


async def test_first(tmp_path: Path) -> None:
    """The first start begins the log with its restart entry, which names nothing and blocks nothing."""
    async with opened(tmp_path) as opening:
        assert (opening.restart, opening.set_aside) == (None, None)
        (restart,) = ledgers.log(tmp_path / "ledger.db")
        assert (restart.seq, restart.type) == (0, "restart")
        assert restart.fields == {"previous": None, "reason": "first", "blocked": []}


async def test_goes_on(tmp_path: Path) -> None:
    """Started again, the box goes on in the same incarnation with the same tree, and writes nothing."""
    before = await sold(tmp_path, 1, 2, 3)
    async with opened(tmp_path, editions=EDITIONS) as opening:
        assert opening.ledger.head == before
        assert opening.restart is None
        assert (await opening.ledger.record(note, stamp())).seq == before.size


class Cut(BaseException):
    """The power goes."""


class CutSecond(SecondPlace):
    """Loses power before or after its n-th write."""

    def __init__(self, path: Path, at: int, is_before: bool) -> None:
        super().__init__(path)
        self._left = at
        self._is_before = is_before

    def write(self, head: Head) -> None:
        self._left -= 1
        if not self._left and self._is_before:
            raise Cut
        super().write(head)
        if not self._left:
            raise Cut


def start_and_cut(folder: Path, at: int, is_before: bool) -> None:
    with closing(CutSecond(folder / "second-place", at, is_before)) as second, pytest.raises(Cut):
        open_ledger(folder / "ledger.db", second, BOX, EDITIONS if at < 0 else {}, stamp(), lambda: at + 40)


@pytest.mark.parametrize(("at", "is_before"), [(1, True), (1, False), (2, True), (2, False)])
async def test_cut_at_the_first_start(tmp_path: Path, at: int, is_before: bool) -> None:
    """A cut at any step of the first start leaves a box that has one incarnation and blocks nothing."""
    start_and_cut(tmp_path, at, is_before)
    async with opened(tmp_path) as opening:
        assert opening.restart is None
        (restart,) = ledgers.log(tmp_path / "ledger.db")
        assert restart.fields["reason"] == "first"
    assert len(ledgers.incarnations(tmp_path / "ledger.db")) == 1


async def test_cut_before_the_second_place(tmp_path: Path) -> None:
    """A second place that lacks the last commits is brought up at the start; the incarnation stays."""
    await sold(tmp_path, 1)
    old = (tmp_path / "second-place").read_bytes()
    head = await sold(tmp_path, 2)
    (tmp_path / "second-place").write_bytes(old)
    opening, second = open_in(tmp_path, editions=EDITIONS)
    assert second.read() == Head(head.incarnation, head.size, head.root, {DROP: 1})
    async with opening.ledger.committing():
        assert opening.restart is None
    second.close()


async def yesterdays(folder: Path) -> tuple[Head, Head]:
    """Puts a ledger back that lacks the sales 3 and 4; the head that is lost and the one put back."""
    old = await sold(folder, 1, 2)
    shutil.copy(folder / "ledger.db", folder / "yesterday")
    lost = await sold(folder, 3, 4)
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(folder / "yesterday", folder / "ledger.db")
    return lost, old


async def test_yesterdays_ledger(tmp_path: Path) -> None:
    """Yesterday's ledger begins a new incarnation that names the last head known; up to the highest all is blocked."""
    lost, old = await yesterdays(tmp_path)
    async with opened(tmp_path, editions=EDITIONS) as opening:
        assert opening.restart == "restored"
        assert opening.ledger.head.highest == {DROP: 4}
        (restart,) = ledgers.log(tmp_path / "ledger.db")
        told = read_checkpoint(str(restart.fields["previous"]), BOX.public.raw)
        assert (read_origin(told.origin)[1], told.size, told.root) == (lost.incarnation, lost.size, lost.root)
        assert restart.fields["blocked"] == [{"drop": DROP, "ranges": [[1, 4]]}]
        assert len(ledgers.leaves(tmp_path / "ledger.db", old.incarnation)) == old.size, "its own past is kept"
    assert (await sold(tmp_path)).incarnation == restart.incarnation


async def test_cut_after_a_restart(tmp_path: Path) -> None:
    """A cut between a restart's commit and the second place makes no third incarnation."""
    lost, _ = await yesterdays(tmp_path)
    start_and_cut(tmp_path, 1, is_before=True)
    async with opened(tmp_path, editions=EDITIONS) as opening:
        assert opening.restart is None
        assert opening.ledger.incarnation != lost.incarnation
    assert len(ledgers.incarnations(tmp_path / "ledger.db")) == 2


async def test_second_place_lost(tmp_path: Path) -> None:
    """Without the second place nobody knows what was sold since: all numbers are blocked."""
    head = await sold(tmp_path, 1)
    (tmp_path / "second-place").unlink()
    async with opened(tmp_path, editions=EDITIONS) as opening:
        assert opening.restart == "restored"
        (restart,) = ledgers.log(tmp_path / "ledger.db")
        assert read_checkpoint(str(restart.fields["previous"]), BOX.public.raw).size == head.size
        assert restart.fields["blocked"] == [{"drop": DROP, "ranges": [[1, 100]]}]


@pytest.mark.parametrize(("is_second_lost", "blocked"), [(False, [1, 3]), (True, [1, 100])])
async def test_ledger_lost(tmp_path: Path, is_second_lost: bool, blocked: list[int]) -> None:
    """A lost ledger is recovered into a new one; what may have been sold is blocked, all where nothing tells."""
    await sold(tmp_path, 1, 2, 3)
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm", *(["second-place"] if is_second_lost else [])):
        (tmp_path / name).unlink(missing_ok=True)
    async with opened(tmp_path, editions=EDITIONS) as opening:
        assert (opening.restart, opening.set_aside) == ("recovered", None)
        (restart,) = ledgers.log(tmp_path / "ledger.db")
        assert restart.fields["blocked"] == [{"drop": DROP, "ranges": [blocked]}]
        assert (restart.fields["previous"] is None) == is_second_lost


async def test_cut_while_a_damaged_ledger_is_replaced(tmp_path: Path) -> None:
    """A cut after the damaged file was set aside does not make the next start a first one that blocks nothing."""
    await sold(tmp_path, 1)
    (tmp_path / "second-place").unlink()
    (tmp_path / "ledger.db").write_bytes(b"\xa5" * 8192)
    second = CutSecond(tmp_path / "second-place", 1, is_before=False)
    with closing(second), pytest.raises(Cut):
        open_ledger(tmp_path / "ledger.db", second, BOX, EDITIONS, stamp(), lambda: 42)
    async with opened(tmp_path, editions=EDITIONS) as opening:
        assert opening.restart == "recovered"
        assert ledgers.log(tmp_path / "ledger.db")[0].fields["blocked"] == [{"drop": DROP, "ranges": [[1, 100]]}]


def tamper(folder: Path, statement: str) -> None:
    """Changes the ledger as only a failing card or a curious person can: past its triggers."""
    with closing(sqlite3.connect(folder / "ledger.db", isolation_level=None)) as db:
        for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {name}")
        db.execute(statement)
        db.execute("pragma wal_checkpoint(truncate)")


@pytest.mark.parametrize(
    "statement",
    [
        "delete from entries where seq = 1",
        "delete from entries where seq = 0",
        "update entries set leaf = x'00' where seq = 0",
        "drop table entries",
    ],
)
async def test_history_with_holes(tmp_path: Path, statement: str) -> None:
    """A ledger whose history cannot be read is set aside as it is, named, and replaced."""
    await sold(tmp_path, 1, 2)
    tamper(tmp_path, statement)
    bytes_before = (tmp_path / "ledger.db").read_bytes()
    async with opened(tmp_path, editions=EDITIONS) as opening:
        assert opening.set_aside is not None
        assert opening.set_aside.read_bytes() == bytes_before
        assert opening.restart == "recovered"
        assert ledgers.log(tmp_path / "ledger.db")[0].fields["blocked"] == [{"drop": DROP, "ranges": [[1, 2]]}]


async def test_changed_entry(tmp_path: Path) -> None:
    """An entry that was changed in the past has another root: a new incarnation begins."""
    await sold(tmp_path, 1, 2)
    tamper(tmp_path, "update entries set leaf = x'7b7d' where seq = 1")
    async with opened(tmp_path, editions=EDITIONS) as opening:
        assert opening.restart == "restored"


@settings(max_examples=40)
@given(st.integers(0, 400), st.integers(1, 4000), st.integers(0, 255))
def test_overwritten_anywhere(page: int, length: int, value: int) -> None:
    """Whatever bytes a card loses: the ledger opens with the truth, or with a restart that blocks, or is refused."""

    async def run(folder: Path) -> None:
        head = await sold(folder, 1, 2, 3)
        path = folder / "ledger.db"
        data = bytearray(path.read_bytes())
        start = (page * 512) % len(data)
        data[start : start + length] = bytes([value]) * len(data[start : start + length])
        path.write_bytes(data)
        try:
            opening, second = open_in(folder, editions=EDITIONS)
        except StoreError:
            assert path.read_bytes()[100:] == data[100:], "a ledger that is refused is left as it is"
            return
        async with opening.ledger.committing():
            assert opening.ledger.head.highest == {DROP: 3}
            if opening.restart is None:
                assert opening.ledger.head == head
            else:
                assert ledgers.log(path)[0].fields["blocked"] == [{"drop": DROP, "ranges": [[1, 3]]}]
        second.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


async def test_disk_that_refuses(tmp_path: Path) -> None:
    """A full or failing disk at the start is said, and takes no good ledger out of its place."""
    head = await sold(tmp_path, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with pytest.raises(StoreError, match="cannot be opened") as refusal:
            open_in(tmp_path, editions=EDITIONS, boot=OTHER_BOOT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refusal.value.code == "store"
    assert not list(tmp_path.glob("*damaged*"))
    async with opened(tmp_path, editions=EDITIONS) as opening:
        assert opening.ledger.head == head


def test_no_file(tmp_path: Path) -> None:
    """Where ledger.db is a folder nothing is renamed; the refusal names it."""
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(StoreError, match=r"ledger\.db cannot be opened"):
        open_in(tmp_path)
    assert (tmp_path / "ledger.db").is_dir()


async def test_running_time(tmp_path: Path) -> None:
    """Running time goes on where the last boot's last commit left it; time without power does not count."""
    async with opened(tmp_path) as opening:
        await opening.ledger.record(note, stamp(60_000))
        assert opening.ledger.running_ms(stamp(61_000)) == 61_000
    async with opened(tmp_path, boot=OTHER_BOOT) as opening:
        assert opening.ledger.running_ms(stamp(5_000, boot=OTHER_BOOT)) == 65_000
    async with opened(tmp_path, boot=OTHER_BOOT) as opening:
        assert opening.ledger.running_ms(stamp(9_000, boot=OTHER_BOOT)) == 69_000


async def test_running_until_a_restart(tmp_path: Path) -> None:
    """The moment of a restart entry counts as any other, where it is the last that is heard of a boot."""
    async with opened(tmp_path, boottime_ms=60_000):
        pass
    (tmp_path / "second-place").unlink()
    async with opened(tmp_path, boottime_ms=65_000) as opening:
        assert opening.restart is not None
    async with opened(tmp_path, boot=OTHER_BOOT) as opening:
        assert opening.ledger.running_ms(stamp(5_000, boot=OTHER_BOOT)) == 70_000
