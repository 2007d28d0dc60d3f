"""kill -9 of the real daemon, again and again, while eight sellers sell."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from appliance.core import claim
from appliance.core.entries import split_reference
from appliance.store.second import SecondPlace
from tests import ledgers
from tests.depth import depth
from tests.running import Daemon, Json, selling

pytestmark = pytest.mark.crash

SALES, KILLS = depth((400, 10), (2000, 50))
SELLERS, EDITION = 8, SALES + 500


@dataclass
class Run:
    """What the sellers and the onlooker have seen."""

    answers: dict[str, Json] = field(default_factory=dict)
    lost: int = 0  # requests whose connection broke before the answer
    roots: dict[tuple[int, int], str] = field(default_factory=dict)
    kills: int = 0
    is_over: bool = False


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with selling(tmp_path, EDITION) as made:
        yield made


def test_kills(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    """After many kills every acknowledged sale is there once, the log has no gap, and every root seen still holds."""
    seed = random.randrange(2**32)
    began = time.monotonic()
    run = asyncio.run(_sell_and_kill(daemon, random.Random(seed)))
    seconds = time.monotonic() - began
    assert daemon.stop() == 0, daemon.log()
    with capsys.disabled():
        print(  # noqa: T201  # the numbers are what a reader of CI wants to see
            f"\n{run.kills} kills, {len(run.answers)} sales by {SELLERS} sellers, "
            f"{run.lost} repeated after a broken connection, {len(run.roots)} roots seen, {seconds:.0f} s, seed {seed}"
        )
    assert (run.kills, len(run.answers)) == (KILLS, SALES)
    _check_sales(daemon.data / "ledger.db", run)
    _check_roots(daemon.data, run)


def _check_sales(ledger: Path, run: Run) -> None:
    log = ledgers.log(ledger)
    sold = {entry.reference: entry.fields for entry in log if entry.type == "sale"}
    assert len(sold) == SALES
    told = {str(sale["sale"]): sale for answer in run.answers.values() for sale in _sales(answer)}
    assert set(told) == set(sold)
    for reference, sale in told.items():
        assert sale["number"] == sold[reference]["number"]
        assert claim.claim_hash(str(sale["claim"])) == sold[reference]["claim"]
    assert len({fields["number"] for fields in sold.values()}) == SALES
    assert ledgers.ask(ledger, "select count(*) from numbers where state = 'sold'") == [(SALES,)]


def _check_roots(data: Path, run: Run) -> None:
    ledger = data / "ledger.db"
    assert len(ledgers.incarnations(ledger)) == 1
    incarnation = ledgers.incarnations(ledger)[0]
    leaves = ledgers.leaves(ledger, incarnation)
    assert run.roots
    for (seen_in, size), root in run.roots.items():
        assert seen_in == incarnation
        assert ledgers.root(leaves[:size]).hex() == root
    second = SecondPlace(data / "keys" / "second-place")
    head = second.read()
    second.close()
    assert head is not None
    assert (head.incarnation, head.size, head.root) == (incarnation, len(leaves), ledgers.root(leaves))


async def _sell_and_kill(daemon: Daemon, chance: random.Random) -> Run:
    run = Run()
    keys = iter([f"sale-{number}" for number in range(SALES)])
    await asyncio.to_thread(daemon.open)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        async with asyncio.TaskGroup() as group:
            killer = group.create_task(_kill(daemon, run, chance))
            onlooker = group.create_task(_look(daemon, session, run))
            async with asyncio.TaskGroup() as sellers:
                for _ in range(SELLERS):
                    sellers.create_task(_sell(daemon, session, run, keys))
            run.is_over = True
            await killer
            await onlooker
        for key, answer in run.answers.items():
            assert await _post(daemon, session, key) == answer, "a repetition got another answer"
    return run


async def _sell(daemon: Daemon, session: aiohttp.ClientSession, run: Run, keys: Iterator[str]) -> None:
    """Sells under one key after the other, and repeats a key until it has its answer."""
    for key in keys:
        while key not in run.answers:
            try:
                run.answers[key] = await _post(daemon, session, key)
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.02)  # it is not open yet
            except (aiohttp.ClientError, OSError):
                run.lost += 1


async def _post(daemon: Daemon, session: aiohttp.ClientSession, key: str) -> Json:
    order = {"drop": "harbour-lights", "method": "cash"}
    headers = {"Idempotency-Key": f'"{key}"'}
    async with session.post(f"{daemon.address}/api/v1/sales", json=order, headers=headers) as answer:
        found: Json = await answer.json(content_type=None)
        assert answer.status == 200, found
        return found


async def _look(daemon: Daemon, session: aiohttp.ClientSession, run: Run) -> None:
    """Notes every root that the box shows, and that no size ever has two."""
    while not run.is_over:
        await asyncio.sleep(0.01)
        try:
            async with session.get(f"{daemon.address}/api/v1/status") as answer:
                status = await answer.json()
        except (aiohttp.ClientError, OSError):
            continue
        place = int(status["incarnation"]), int(status["size"])
        assert run.roots.setdefault(place, status["root"]) == status["root"]


async def _kill(daemon: Daemon, run: Run, chance: random.Random) -> None:
    """Kills when a random number of sales has been answered, and a moment later; one time in six while it starts."""
    for moment in sorted(chance.sample(range(SALES - SELLERS), KILLS)):
        while len(run.answers) < moment:
            await asyncio.sleep(0.001)
        await asyncio.sleep(chance.uniform(0, 0.02))
        if run.kills < KILLS:
            await _kill_once(daemon, run)
        if run.kills < KILLS and chance.random() < 1 / 6:
            await asyncio.sleep(chance.uniform(0, 1.0))
            await _kill_once(daemon, run)
        await asyncio.to_thread(daemon.wait_open)


async def _kill_once(daemon: Daemon, run: Run) -> None:
    await asyncio.to_thread(daemon.kill)
    run.kills += 1
    daemon.start()


def _sales(answer: Json) -> list[Json]:
    sales = answer["sales"]
    assert isinstance(sales, list)
    assert all(split_reference(sale["sale"]) for sale in sales)
    return sales
