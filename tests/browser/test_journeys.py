"""Purchases from the first tap to the unzipped archive: in every way that leads to a claim, on every size of phone,
with a script and without, on a slow link that breaks, and a whole drop as large as drops get."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from appliance.core.sale import Order
from tests.browser import market
from tests.browser.buying import Bought, Plan, buy, check_archive, digests
from tests.browser.link import Link, slow_link
from tests.organizer import Drop
from tests.web import paying
from tests.web.served import Box, running_box

pytestmark = pytest.mark.browser
WIDTHS = (320, 390, 768)
WAYS = ("number", "code", "token", "voucher", "free")
PACK = {f"{number}-pier.jpg": random.Random(number).randbytes(500_000) for number in range(1, 5)}
HALF = 1_000_000


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    """A box that sells a pack of 2 MB which nothing can compress."""
    async with running_box(tmp_path / "stall") as running:
        await running.bring(pack(running))
        yield running


def pack(box: Box) -> Drop:
    pictures = {**PACK, "cover.jpg": market.photo(1)}
    prices = [market.price("download", "Download", 800), market.price("free", "A gift", 0)]
    return box.organizer.drop("harbour-lights", 20, pictures, cover="cover.jpg", prices=prices)


async def buy_on_links(
    box: Box, chromium: str, folder: Path, *, script: bool, break_after: int | None
) -> list[tuple[Link, Bought]]:
    """A purchase in each way with each width, all at once, each over a slow link of its own; whole and clean."""
    links, plans = [], []
    async with AsyncExitStack() as stack:
        for way, width in product(WAYS, WIDTHS):
            link = await stack.enter_async_context(slow_link(urlsplit(box.shop).port or 0, break_after=break_after))
            into = folder / f"{way}-{width}"
            into.mkdir()
            links.append(link)
            plans.append(Plan(f"{box.shop}/console", link.address, str(into), way, width, script, paying.token(box)))
        bought = await buy(chromium, *plans)
    sales = await box.stall.stock.sales()
    assert [sale.is_delivered for sale in sales] == [True] * len(plans)
    for plan in plans:
        await check_archive(Path(plan.folder) / "archive.zip", "harbour-lights", files())
    return list(zip(links, bought, strict=True))


async def test_a_slow_link_that_breaks(box: Box, chromium: str, tmp_path: Path) -> None:
    """The link breaks in the middle of the archive: the page says so and goes on by itself where it stopped."""
    for link, bought in await buy_on_links(box, chromium, tmp_path, script=True, break_after=HALF):
        assert link.breaks == 1
        assert link.down.carried < 1.5 * sum(map(len, PACK.values()))
        assert any("The connection broke at" in sentence for sentence in bought.heard)
        check_sold(bought, but="Failed to load resource: net::ERR_")


async def test_a_slow_link_without_a_script(box: Box, chromium: str, tmp_path: Path) -> None:
    """The same pages sell and hand over when no script runs."""
    for _, bought in await buy_on_links(box, chromium, tmp_path, script=False, break_after=None):
        check_sold(bought)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_the_same_address_again(box: Box, tmp_path: Path) -> None:
    """A program that asks for the rest at the address of the page's link gets it: `curl -C -` after the link broke."""
    (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
    archive = tmp_path / "archive.zip"
    async with slow_link(urlsplit(box.shop).port or 0, break_after=HALF) as link:
        link.away_s = 0.0
        (path,) = re.findall(r'href="([^"]+)" download data-archive', await paying.get(box, f"/c/{copy.claim}"))
        address = link.address + path
        assert await curl(address, archive) != 0
        assert 0 < archive.stat().st_size < 2 * HALF
        assert await curl(address, archive) == 0
    assert link.breaks == 1
    await check_archive(archive, "harbour-lights", files())


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
async def test_a_whole_drop(chromium: str, tmp_path: Path, script: bool) -> None:
    """A drop of 100 MB, as large as photo packs and records are, without a slow link: the browser fetches it itself."""
    large = {f"{number:02}.flac": random.Random(number).randbytes(10_000_000) for number in range(10)}
    async with running_box(tmp_path / "stall") as box:
        await box.bring(box.organizer.drop("harbour-lights", 20, large))
        (bought,) = await buy(chromium, Plan(f"{box.shop}/console", box.shop, str(tmp_path), script=script))
        assert [sale.is_delivered for sale in await box.stall.stock.sales()] == [True]
    check_sold(bought)
    await check_archive(tmp_path / "archive.zip", "harbour-lights", digests(large))


def check_sold(bought: Bought, *, but: str = "-") -> None:
    """The buyer has a numbered copy, and the browsers complain of nothing but what begins with `but`."""
    assert bought.stamp.replace("\n", " ").endswith("of 20")
    assert bought.file.startswith("harbour-lights-")
    assert [complaint for complaint in bought.complaints if not complaint.startswith(but)] == []


def files() -> dict[str, str]:
    return digests({**PACK, "cover.jpg": market.photo(1)})


async def curl(address: str, target: Path) -> int:
    """curl's exit code; what is there already is gone on with."""
    command = ["curl", "--silent", "-C", "-", "-o", str(target), address]
    return await (await asyncio.create_subprocess_exec(*command)).wait()
