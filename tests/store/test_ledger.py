"""The committer: one transaction for who waits together, nobody told before it is durable, nobody hurt by others."""

from __future__ import annotations

import asyncio
import resource
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core import entries
from appliance.core.entries import Entry
from appliance.errors import SaleError, StoreError
from appliance.store.ledger import Book
from tests import ledgers
from tests.store.books import DROP, INCARNATION, bare_ledger, note, stamp


def refuse(book: Book) -> Entry:
    """Appends and then thinks better of it."""
    note(book)
    book.db.execute("insert into clock_questions values ('paper:trust', 5)")
    book.sold(DROP, 99)
    raise SaleError("sold-out", "None left.")


async def test_waiting_together(tmp_path: Path) -> None:
    """Sales that wait together share one write of the second place, and each gets its own entry."""
    async with bare_ledger(tmp_path) as (ledger, _, second):
        found = await asyncio.gather(*(ledger.record(note, stamp()) for _ in range(64)))
        assert [entry.seq for entry in found] == list(range(64))
        assert [head.size for head in second.heads if head.size] == [64]


async def test_group_of_one(tmp_path: Path) -> None:
    """With a group size of 1 every sale has a write of the second place to itself."""
    async with bare_ledger(tmp_path, max_group=1) as (ledger, _, second):
        await asyncio.gather(*(ledger.record(note, stamp()) for _ in range(5)))
        assert [head.size for head in second.heads if head.size] == [1, 2, 3, 4, 5]


@settings(max_examples=15)
@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_refused_among_others(plan: list[bool]) -> None:
    """Whoever is refused in a group leaves nothing behind: no entry, no row, no gap, no number in the second place."""

    async def run(folder: Path) -> None:
        async with bare_ledger(folder) as (ledger, _, second):
            works = [ledger.record(note if good else refuse, stamp()) for good in plan]
            found = await asyncio.gather(*works, return_exceptions=True)
            assert [isinstance(one, Entry) for one in found] == plan
            leaves = ledgers.leaves(folder / "ledger.db", INCARNATION)
            assert len(leaves) == sum(plan)
            assert (ledger.head.size, ledger.head.root) == (len(leaves), ledgers.root(leaves))
            assert ledger.head.highest == {}
            assert second.read() == ledger.head

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


async def test_root_is_kept(tmp_path: Path) -> None:
    """The root that is kept from sale to sale is the root recomputed from all leaves, at every size."""
    async with bare_ledger(tmp_path) as (ledger, _, second):
        for _ in range(35):
            await ledger.record(note, stamp())
        leaves = ledgers.leaves(tmp_path / "ledger.db", INCARNATION)
        for head in second.heads:
            assert head.root == ledgers.root(leaves[: head.size])


@pytest.mark.parametrize("bug", [AttributeError("x"), KeyError("x"), RuntimeError("x"), OSError("x")])
async def test_bug_in_one_work(tmp_path: Path, bug: Exception) -> None:
    """A bug in one caller's work reaches that caller, and the others in the group are served."""

    def fail(book: Book) -> Entry:
        note(book)
        raise bug

    async with bare_ledger(tmp_path) as (ledger, _, _second):
        works = (ledger.record(work, stamp()) for work in (note, fail, note))
        first, second, third = await asyncio.gather(*works, return_exceptions=True)
        assert second is bug
        assert isinstance(first, Entry)
        assert isinstance(third, Entry)
        assert (first.seq, third.seq) == (0, 1)


async def test_cancelled_callers(tmp_path: Path) -> None:
    """A caller that goes away at any moment neither loses its entry nor makes it twice, nor hurts another."""
    async with bare_ledger(tmp_path, max_group=8) as (ledger, _, _second):

        async def go_away(number: int) -> None:
            task = asyncio.create_task(ledger.record(lambda book: note(book, number), stamp()))
            for _ in range(number % 7):
                await asyncio.sleep(0)
            await asyncio.sleep(number % 5 / 1000)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        await asyncio.gather(*(go_away(number) for number in range(1, 301)))
        await ledger.record(note, stamp())
    versions = [entry.fields["version"] for entry in ledgers.log(tmp_path / "ledger.db", INCARNATION)]
    begun = sorted(int(str(version)) for version in versions[:-1])
    assert begun == sorted(set(begun))
    assert len(begun) >= 300 * 6 // 7 - 1, "only who left before being heard may be missing"


async def test_failing_second_place(tmp_path: Path) -> None:
    """While the second place fails nobody gets an answer and nothing more is recorded; then it goes on, without gap."""
    async with bare_ledger(tmp_path) as (ledger, _, second):
        await ledger.record(note, stamp())
        second.is_broken = True
        with pytest.raises(StoreError, match="recorded, but not in the second place") as unconfirmed:
            await ledger.record(note, stamp())
        assert unconfirmed.value.code == "not-ready"
        for _ in range(3):
            with pytest.raises(StoreError, match="Nothing was sold"):
                await ledger.record(note, stamp())
        second.is_broken = False
        entry = await ledger.record(note, stamp())
        assert entry.seq == 2
        assert second.heads[-2].size == 2, "what was recorded before is made good first"
        assert second.read() == ledger.head


async def test_refusal_while_the_second_place_fails(tmp_path: Path) -> None:
    """Who is refused anyway hears why, although the second place failed for the others in the group."""
    async with bare_ledger(tmp_path) as (ledger, _, second):
        await ledger.record(note, stamp())
        second.is_broken = True
        works = (ledger.record(work, stamp()) for work in (note, refuse))
        recorded, refused = await asyncio.gather(*works, return_exceptions=True)
        assert isinstance(recorded, StoreError)
        assert isinstance(refused, SaleError)


async def test_full_disk(tmp_path: Path) -> None:
    """A full disk is `not-ready` for everybody in the group; nothing stands; with room again the next sale goes on."""
    async with bare_ledger(tmp_path) as (ledger, db, _second):
        await ledger.record(note, stamp())
        (pages,) = db.execute("pragma page_count").fetchone()
        db.execute(f"pragma max_page_count={pages}")
        found = await asyncio.gather(*(ledger.record(note, stamp()) for _ in range(64)), return_exceptions=True)
        assert {type(one) for one in found} == {StoreError}
        assert "full" in str(found[0])
        assert ledger.head.size == 1
        db.execute("pragma max_page_count=100000")
        assert (await ledger.record(note, stamp())).seq == 1
        leaves = ledgers.leaves(tmp_path / "ledger.db", INCARNATION)
        assert ledger.head.root == ledgers.root(leaves)


async def test_refusal_until_it_writes_again(tmp_path: Path) -> None:
    """What the disk refused is kept for the screen until a proof writes again, and the proof is no entry."""
    async with bare_ledger(tmp_path) as (ledger, db, _second):
        await ledger.record(note, stamp())
        assert ledger.refusal is None
        db.execute("pragma query_only=on")
        with pytest.raises(StoreError) as refusal:
            await ledger.record(note, stamp())
        assert ledger.refusal is refusal.value
        with pytest.raises(StoreError):
            await ledger.prove(stamp())
        assert ledger.refusal is not None
        db.execute("pragma query_only=off")
        await ledger.prove(stamp())
        assert ledger.refusal is None
        assert ledger.head.size == 1


async def test_proof_costs_nothing(tmp_path: Path) -> None:
    """While the disk takes writes a proof makes none."""
    async with bare_ledger(tmp_path) as (ledger, _, second):
        await ledger.record(note, stamp())
        written = len(second.heads), (tmp_path / "ledger.db-wal").stat().st_size
        await ledger.prove(stamp(5000))
        assert (len(second.heads), (tmp_path / "ledger.db-wal").stat().st_size) == written


async def test_read_only(tmp_path: Path) -> None:
    """A ledger that cannot be written says so in `not-ready`, and sells again when it can."""
    async with bare_ledger(tmp_path) as (ledger, db, _second):
        db.execute("pragma query_only=on")
        with pytest.raises(StoreError, match="readonly") as refusal:
            await ledger.record(note, stamp())
        assert (refusal.value.code, refusal.value.status_hint) == ("not-ready", 503)
        db.execute("pragma query_only=off")
        assert (await ledger.record(note, stamp())).seq == 0


async def test_failing_disk(tmp_path: Path) -> None:
    """A write that the kernel refuses (beyond RLIMIT_FSIZE) is `not-ready`; nothing stands, and it goes on after."""
    async with bare_ledger(tmp_path) as (ledger, _, _second):
        await ledger.record(note, stamp())
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "ledger.db-wal").stat().st_size, hard))
        try:
            with pytest.raises(StoreError, match="disk I/O error"):
                await ledger.record(note, stamp())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert (await ledger.record(note, stamp())).seq == 1
        leaves = ledgers.leaves(tmp_path / "ledger.db", INCARNATION)
        assert ledger.head.root == ledgers.root(leaves)


async def test_head_is_committed(tmp_path: Path) -> None:
    """Nobody sees a size or a root that is not committed, not even in the middle of a transaction."""
    async with bare_ledger(tmp_path) as (ledger, _, _second):
        await ledger.record(note, stamp())
        before = ledger.head

        def look(book: Book) -> bool:
            note(book)
            return ledger.head == before

        assert await ledger.record(look, stamp())


async def test_on_commit(tmp_path: Path) -> None:
    """The hook runs when a group is durable and before its callers go on."""
    async with bare_ledger(tmp_path) as (ledger, _, second):
        seen: list[int] = []
        ledger.on_commit = lambda: seen.append(second.heads[-1].size)
        await ledger.record(note, stamp())
        assert seen == [1]


async def test_closing(tmp_path: Path) -> None:
    """What waits when the box stops is still committed; who comes later is told to come again."""
    async with bare_ledger(tmp_path) as (ledger, _, _second):
        waiting = [asyncio.create_task(ledger.record(note, stamp())) for _ in range(3)]
        await asyncio.sleep(0)
    assert [entry.seq for entry in await asyncio.gather(*waiting)] == [0, 1, 2]
    with pytest.raises(StoreError, match="shutting down"):
        await ledger.record(note, stamp())


async def test_looking_writes_nothing(tmp_path: Path) -> None:
    """A work that changes nothing costs no commit and no write of the second place."""
    async with bare_ledger(tmp_path) as (ledger, _, second):
        await ledger.record(note, stamp())
        written = len(second.heads), (tmp_path / "ledger.db-wal").stat().st_size
        assert await ledger.record(lambda book: book.running_ms, stamp(5000)) == 5000
        assert (len(second.heads), (tmp_path / "ledger.db-wal").stat().st_size) == written


async def test_too_large_an_entry(tmp_path: Path) -> None:
    """An entry beyond 16 KiB is its bringer's fault and leaves nothing."""
    async with bare_ledger(tmp_path) as (ledger, _, _second):
        with pytest.raises(ValueError, match="too large"):
            await ledger.record(
                lambda book: book.append(
                    "void", {"sale": "7:0", "reason": "x" * entries.MAX_LEAF, "returned": True, "by": None}
                ),
                stamp(),
            )
        assert ledger.head.size == 0


async def test_highest_number(tmp_path: Path) -> None:
    """The second place holds the highest number ever sold of each drop, whatever is sold after it."""
    async with bare_ledger(tmp_path) as (ledger, _, second):
        for number in (3, 9, 4):

            def sell(book: Book, number: int = number) -> None:
                note(book)
                book.sold(DROP, number)

            await ledger.record(sell, stamp())
        assert [head.highest for head in second.heads if head.size] == [{DROP: 3}, {DROP: 9}, {DROP: 9}]
