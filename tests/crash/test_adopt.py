"""The pull-the-card drill: a box loses its data in the middle of a rush, and a second one adopts its mirror."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from appliance.core import claim
from tests import ledgers
from tests.box import CARD
from tests.organizer import PHOTOS
from tests.running import ROOT, Daemon, Json, selling

pytestmark = pytest.mark.crash

SALES, SELLERS, OPENED, MORE = 200, 8, 6, 40
ALL = SALES + MORE
EDITION = ALL + 2 * SELLERS  # numbers that were sold when the box was lost, and never told, may stay blocked
PAPERS = ("certificate.json", "certificate.png", "receipt", "all.zip")


@dataclass
class Rush:
    """What sellers and buyers have seen."""

    answers: dict[str, Json] = field(default_factory=dict)
    before: int = 0  # acknowledged before the data was deleted
    broken: int = 0  # requests without an answer that was a sale
    downloads: dict[str, dict[str, str]] = field(default_factory=dict)  # digests by code and paper

    @property
    def sold(self) -> dict[str, Json]:
        """Every sale that somebody was told of, by reference."""
        return {str(sale["sale"]): sale for answer in self.answers.values() for sale in _sales(answer)}


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with selling(tmp_path, EDITION) as made:
        yield made


def test_drill(daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every acknowledged sale is there, no number is sold twice, and buyers get what they got before."""
    stick, rush = tmp_path / "stick", Rush()
    stick.mkdir()
    daemon.open()
    _stallbox("mirror", "--prepare", str(stick), "--sync", "--card", CARD, "--dir", str(daemon.data))
    asyncio.run(_sell_until_the_data_is_gone(daemon, rush, stick))
    daemon.kill()
    told = dict(rush.sold)

    began = time.monotonic()
    spare = Daemon(tmp_path / "spare", int(daemon.address.rpartition(":")[2]))
    _stallbox("adopt", str(stick), "--card", CARD, "--went-on-without", "no", "--dir", str(spare.data))
    adopted_s = time.monotonic() - began
    spare.open()
    try:
        _check_buyers(spare, rush)
        asyncio.run(_sell(spare, rush, range(SALES)))  # who got no answer asks again, under the same key
        asyncio.run(_sell(spare, rush, range(SALES, ALL)))
        assert spare.stop() == 0
    finally:
        spare.close()
    _check_ledger(spare.data / "ledger.db", rush, told)
    with capsys.disabled():
        print(  # noqa: T201  # the numbers are what a reader of CI wants to see
            f"\n{len(told)} of {SALES} sales acknowledged when the box was lost ({rush.before} before its data was "
            f"deleted), {rush.broken} requests broken, adopted in {adopted_s:.1f} s, {ALL - len(told)} sold after"
        )


async def _sell_until_the_data_is_gone(daemon: Daemon, rush: Rush, stick: Path) -> None:
    await _sell(daemon, rush, range(OPENED))
    for sale in list(rush.sold.values()):
        rush.downloads[str(sale["claim"])] = _fetch(daemon, str(sale["claim"]))
    rushing = asyncio.create_task(_sell(daemon, rush, range(OPENED, SALES), is_patient=False))
    while len(rush.answers) < SALES // 2 or not _has_papers(stick):
        await asyncio.sleep(0.01)
    rush.before = len(rush.answers)
    shutil.rmtree(daemon.data, ignore_errors=True)
    while len(rush.answers) < SALES * 3 // 4 and not rushing.done():
        await asyncio.sleep(0.001)
    daemon.kill()
    await rushing


async def _sell(daemon: Daemon, rush: Rush, orders: range, *, is_patient: bool = True) -> None:
    waiting = iter(number for number in orders if f"order-{number}" not in rush.answers)

    async def sell(session: aiohttp.ClientSession) -> None:
        for number in waiting:
            key = f"order-{number}"
            try:
                headers = {"Idempotency-Key": f'"{key}"'}
                async with session.post("/api/v1/sales", json={"drop": "harbour-lights"}, headers=headers) as answer:
                    if answer.status == 200:
                        rush.answers[key] = await answer.json()
                    else:
                        rush.broken += 1
                        assert not is_patient, await answer.text()
            except aiohttp.ClientError:
                rush.broken += 1
                assert not is_patient

    async with aiohttp.ClientSession(daemon.address) as session, asyncio.TaskGroup() as group:
        for _ in range(SELLERS):
            group.create_task(sell(session))


def _check_buyers(spare: Daemon, rush: Rush) -> None:
    for code, before in rush.downloads.items():
        assert _fetch(spare, code) == before
    for sale in rush.sold.values():
        assert _get(spare, f"/c/{sale['claim']}")


def _check_ledger(ledger: Path, rush: Rush, told: dict[str, Json]) -> None:
    first, second = ledgers.incarnations(ledger)
    assert ledgers.log(ledger, second)[0].fields["reason"] == "adopted"
    entries = [entry for incarnation in (first, second) for entry in ledgers.log(ledger, incarnation)]
    sold = {entry.reference: entry.fields for entry in entries if entry.type == "sale"}
    assert set(told) <= set(sold)
    assert set(rush.sold) <= set(sold)
    for reference, sale in rush.sold.items():
        assert sale["number"] == sold[reference]["number"]
        assert claim.claim_hash(str(sale["claim"])) == sold[reference]["claim"]
    numbers = [fields["number"] for fields in sold.values()]
    assert len(set(numbers)) == len(numbers)
    assert len(rush.answers) == len(rush.sold) == ALL


def _has_papers(stick: Path) -> bool:
    """Whether what the first buyers got, and the drop's files, have come onto the stick."""
    return (
        len(list(stick.glob("STALLBOX/MIRROR/*.drop/files/*.jpg"))) == len(PHOTOS)
        and len(list(stick.glob("STALLBOX/MIRROR/claims/*/*/receipt.tlog-proof"))) >= OPENED
    )


def _fetch(daemon: Daemon, code: str) -> dict[str, str]:
    return {paper: hashlib.sha256(_get(daemon, f"/c/{code}/{paper}")).hexdigest() for paper in PAPERS}


def _get(daemon: Daemon, path: str) -> bytes:
    with urllib.request.urlopen(f"{daemon.address}{path}", timeout=20) as answer:
        data: bytes = answer.read()
    return data


def _stallbox(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "appliance", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _sales(answer: Json) -> list[Json]:
    sales = answer["sales"]
    assert isinstance(sales, list)
    return sales
