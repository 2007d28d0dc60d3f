"""Boxes whose past is not what it was, before a real collector: every sale arrives once, whatever happened to them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.board import Board
from appliance.core import entries
from appliance.core.sale import Order
from appliance.premises import open_stall_in
from appliance.services.sync import Syncer
from appliance.settings.sync import Sync
from appliance.stall.stall import Stall
from tests.answering import answer
from tests.collecting import Desk, collecting
from tests.mirror.spare import mirrored, spare
from tests.organizer import Organizer
from tests.stall.hardware import Hardware
from tests.stall.till import opened


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with collecting(tmp_path / "collector", Organizer(tmp_path)) as made:
        yield made


async def sync(stall: Stall, desk: Desk) -> None:
    """Tries until nothing waits, or the box must start anew."""
    stall.house.settings = replace(stall.house.settings, sync=Sync(desk.address, None, local=False))
    for _ in range(4):
        await Syncer(stall, Board(), Path()).once()
        if stall.acknowledgements.contradicted.is_set():
            return
    assert (await stall.stock.status()).unsynced.count == 0


async def sell(stall: Stall, copies: int) -> list[int]:
    """The numbers that were sold."""
    sold = await stall.seller.sell(Order("harbour-lights", quantity=copies))
    return [copy.number for copy in sold if copy.number is not None]


async def reason(stall: Stall) -> str:
    """Why the present incarnation began."""
    leaf = await stall.house.reader.leaf((stall.house.ledger.incarnation, 0))
    assert leaf is not None
    return str(entries.read(leaf).fields["reason"])


def keep(folder: Path, to: Path, *names: str) -> None:
    """Copies files of a stopped box, as they are there."""
    to.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy(folder / name, to / Path(name).name)


@pytest.mark.parametrize("with_second_place", [False, True], ids=["the database alone", "the whole card"])
async def test_restored(tmp_path: Path, desk: Desk, with_second_place: bool) -> None:
    """A box whose database is yesterday's again, with sales in it that were not synced then and are now, and sales
    since that it has forgotten: it syncs without losing or doubling one."""
    parts = ["ledger.db", "keys/second-place"] if with_second_place else ["ledger.db"]
    async with opened(tmp_path, size=40) as till:
        made = await sell(till.stall, 3)
        await sync(till.stall, desk)
        made += await sell(till.stall, 2)
    box = tmp_path / "box"
    keep(box, tmp_path / "yesterday", *parts)
    hardware = till.hardware
    async with open_stall_in(box, readings=hardware.readings) as (stall, _):
        made += await sell(stall, 4)
        await sync(stall, desk)
    for part in parts:
        shutil.copy(tmp_path / "yesterday" / Path(part).name, box / part)
    if with_second_place:  # nobody can know before the collector says so
        async with open_stall_in(box, readings=hardware.readings) as (stall, _):
            await sync(stall, desk)
            assert stall.acknowledgements.contradicted.is_set()
    async with open_stall_in(box, readings=hardware.readings) as (stall, _):
        assert await reason(stall) == "restored"
        if not with_second_place:  # else every number is in doubt
            made += await sell(stall, 2)
        await sync(stall, desk)
        assert (await stall.stock.status()).unsynced.count == 0
    assert desk.numbers() == sorted(made)
    assert desk.ask("select count(*) from cases") == [(0,)]


async def test_adopted(tmp_path: Path, desk: Desk) -> None:
    """A spare box that adopts the mirror syncs what the lost one had not, and nothing twice."""
    async with mirrored(tmp_path, size=40) as box:
        made = await sell(box.till.stall, 3)
        await sync(box.till.stall, desk)
        made += await sell(box.till.stall, 4)
    async with spare(box.stick, tmp_path / "spare") as stall:
        assert await reason(stall) == "adopted"
        made += await sell(stall, 2)
        await sync(stall, desk)
    assert desk.numbers() == sorted(made) == sorted(set(made))
    assert desk.ask("select count(*) from cases") == [(0,)]


async def test_forked(tmp_path: Path, desk: Desk) -> None:
    """Two cards of one box sell different copies: the second to sync hears of the fork, begins a new incarnation and
    goes on; all that it sold reaches the collector, and leaves the outbox in a case."""
    async with opened(tmp_path, size=40) as till:
        await sell(till.stall, 2)
    shutil.copytree(tmp_path / "box", tmp_path / "copy")
    async with open_stall_in(tmp_path / "box", readings=till.hardware.readings) as (one, _):
        await sell(one, 3)
        await sync(one, desk)
    other = Hardware()
    async with open_stall_in(tmp_path / "copy", readings=other.readings) as (two, _):
        await sell(two, 1)
        forked = two.house.ledger.incarnation
        await sync(two, desk)
        assert two.acknowledgements.contradicted.is_set()
    async with open_stall_in(tmp_path / "copy", readings=other.readings) as (two, _):
        assert await reason(two) == "forked"
        assert two.house.ledger.incarnation != forked
        await sync(two, desk)
        status = await two.stock.status()
        assert status.unsynced.count == 0
        [case] = status.cases
        assert case.reason == "forked"
        assert [(case.name,)] == desk.ask("select id from cases where kind = 'fork'")
    assert desk.ask("select count(*) from entries where incarnation = ? and type = 'sale'", forked) == [(6,)]


async def test_forks_without_end(tmp_path: Path) -> None:
    """A collector that calls everything a fork ends one incarnation an hour at most: in between the box sells."""
    verdicts = [{"seq": 0, "verdict": "conflict", "reason": "forked", "case": "x"}]

    async def hear(stall: Stall) -> bool:
        """Whether the box must start anew, after an answer over a proved connection."""
        [batch] = [data async for name, data in stall.outbox() if f"-{stall.house.ledger.incarnation:08X}-" in name]
        await stall.acknowledgements.hear(answer(stall, None, verdicts=verdicts), 1, batch)
        return stall.acknowledgements.contradicted.is_set()

    async with opened(tmp_path, size=40) as till:
        assert await hear(till.stall)
    async with open_stall_in(tmp_path / "box", readings=till.hardware.readings) as (stall, _):
        assert await reason(stall) == "forked"
        assert not await hear(stall)
        await stall.questions.discard_blocked(by=None)
        assert await sell(stall, 2) == [1, 2]
        till.hardware.pass_time(3601)
        assert await hear(stall)


async def test_a_fork_said_by_a_file(tmp_path: Path, desk: Desk) -> None:
    """A verdict that nobody signed, on a stick, ends no incarnation."""
    async with opened(tmp_path, size=40) as till:
        house = till.stall.house
        verdicts = [{"seq": 0, "verdict": "conflict", "reason": "forked", "case": "x"}]
        said = answer(till.stall, None, verdicts=verdicts)
        await till.stall.acknowledgements.hear(said)
        assert not till.stall.acknowledgements.contradicted.is_set()
        assert (await till.stall.stock.status()).cases == ()
        assert house.ledger.head.size == (await till.stall.stock.status()).unsynced.count


async def test_the_collector_forgot(tmp_path: Path) -> None:
    """A collector that was restored from yesterday says what it lacks, and gets it again though it was acknowledged."""
    place, organizer = tmp_path / "collector", Organizer(tmp_path)
    async with opened(tmp_path, size=40) as till:
        async with collecting(place, organizer) as desk:
            made = await sell(till.stall, 2)
            await sync(till.stall, desk)
        shutil.copy(place / "collector.db", tmp_path / "yesterday.db")
        async with collecting(place, organizer) as desk:
            made += await sell(till.stall, 3)
            await sync(till.stall, desk)
        for part in place.glob("collector.db*"):
            part.unlink()
        shutil.copy(tmp_path / "yesterday.db", place / "collector.db")
        async with collecting(place, organizer) as desk:
            made += await sell(till.stall, 1)
            await sync(till.stall, desk)
            assert desk.numbers() == made
            assert len(desk.leaves()) == till.stall.house.ledger.head.size
