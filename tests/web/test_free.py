"""Copies that cost nothing: taken by buyers, within limits that count copies and not phones."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.core.clock import Stamp
from tests.web.clients import PROGRAM
from tests.web.conftest import harbour
from tests.web.paying import get, post, send
from tests.web.served import Box, running_box

PRICES = [
    {"id": "gift", "title": "Pay what you want", "amount": 0, "hand_over": None, "stock": None},
    {"id": "print", "title": "With signed print", "amount": 2500, "hand_over": "the print", "stock": 2},
]
PATH = "/drops/harbour-lights/free"


@pytest.fixture
async def gifts(tmp_path: Path) -> AsyncIterator[Box]:
    """A box that gives Harbour Lights away: three an hour, five in all."""
    async with running_box(tmp_path, more="[free]\nper_hour = 3\nin_all = 5") as running:
        await running.bring(harbour(running.organizer, prices=PRICES))
        yield running


async def key_of_page(box: Box) -> str:
    return re.findall(r'name="key" value="([^"]+)"', await get(box, "/drops/harbour-lights"))[0]


async def test_one_tap(gifts: Box) -> None:
    """The drop's page offers the free option and leads straight to the claim; the sale is free in the log."""
    page = await get(gifts, "/drops/harbour-lights")
    assert "Take a free copy" in page
    location = await post(gifts, PATH, {"key": await key_of_page(gifts), "price": "gift"}, 303)
    assert "#1 of 10" in await get(gifts, location)
    (line,) = await gifts.stall.stock.sales()
    assert (line.method, line.paid) == ("free", 0)


async def test_sent_twice(gifts: Box) -> None:
    """A double tap gets one copy."""
    form = {"key": await key_of_page(gifts), "price": "gift"}
    assert await post(gifts, PATH, form, 303) == await post(gifts, PATH, form, 303)
    assert len(await gifts.stall.stock.sales()) == 1


async def test_per_hour(gifts: Box) -> None:
    """The fourth copy within an hour is refused, with the minutes to wait; an hour of running later it is given."""
    for _ in range(3):
        await post(gifts, PATH, {}, 303)
    assert "Try again in 60 min" in await post(gifts, PATH, {}, 409)
    _let_run(gifts, 3600)
    await post(gifts, PATH, {}, 303)


async def test_the_clock_does_not_matter(gifts: Box) -> None:
    """A box whose time jumps a year ahead gives no more copies: the hour is running time."""
    for _ in range(3):
        await post(gifts, PATH, {}, 303)
    gifts.clock.lo += 365 * 86400
    gifts.clock.hi = None
    await post(gifts, PATH, {}, 409)


async def test_in_all(gifts: Box) -> None:
    """After five copies there are no more, ever."""
    for _ in range(2):
        for _ in range(3):
            await send(gifts, PATH, {})
        _let_run(gifts, 3600)
    assert len(await gifts.stall.stock.sales()) == 5
    answer = await gifts.client.post(gifts.shop + PATH, headers=PROGRAM)
    assert (answer.status, (await answer.json())["code"]) == (409, "free-limit")


async def test_a_void_gives_back(gifts: Box) -> None:
    """A free copy that was voided unopened counts no more."""
    for _ in range(3):
        await post(gifts, PATH, {}, 303)
    await gifts.stall.undo.void((await gifts.stall.stock.sales())[0].sale, "x", by=None)
    await post(gifts, PATH, {}, 303)


@pytest.mark.parametrize(("price", "status"), [("print", 409), ("poster", 409)])
async def test_only_what_costs_nothing(gifts: Box, price: str, status: int) -> None:
    """No option that costs something, and none that does not exist, is given away."""
    assert "pay at the stall" in await post(gifts, PATH, {"price": price}, status)
    assert await gifts.stall.stock.sales() == ()


async def test_nothing_free(box: Box) -> None:
    """A drop without a free option has no button and gives nothing."""
    assert "Take a free copy" not in await get(box, "/drops/harbour-lights")
    await post(box, PATH, {}, 409)


async def test_the_console_gives_nothing_away_unasked(gifts: Box) -> None:
    """What is chosen before anybody taps is the first option that costs something."""
    page = await get(gifts, "/console")
    assert re.search(r'value="harbour-lights/print"[^>]* checked', page)


async def test_a_tip_on_the_console(gifts: Box) -> None:
    """Pay what you want: the free option with a tip is a cash sale of that amount."""
    form = {"offer": "harbour-lights/gift", "quantity": "1", "method": "cash", "tip": "3.00"}
    await post(gifts, "/console/sell", form)
    (line,) = await gifts.stall.stock.sales()
    assert (line.method, line.paid, line.tip) == ("cash", 300, 300)


def _let_run(box: Box, seconds: int) -> None:
    """The machine runs on for so long."""
    before = box.clock.running

    def later() -> Stamp:
        stamp = before()
        return replace(stamp, boottime_ms=stamp.boottime_ms + seconds * 1000)

    box.clock.running = later
