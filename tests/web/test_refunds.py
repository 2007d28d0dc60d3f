"""Refunds on the console: noted once, with a reason, above the limit only with the PIN."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.sale import Order
from tests.web.conftest import harbour
from tests.web.paying import get, post
from tests.web.served import Box, running_box


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Box]:
    """A box whose refunds above €10.00 need the PIN 2468."""
    async with running_box(tmp_path, more='[refunds]\nlimit = 1000\npin = "2468"') as running:
        await running.bring(harbour(running.organizer))
        yield running


async def sold(box: Box, price: str = "download") -> str:
    """The path of a fresh sale."""
    (copy,) = await box.stall.seller.sell(Order("harbour-lights", price))
    return f"/console/sales/{copy.sale}"


async def test_all_of_it(box: Box) -> None:
    """An empty amount gives back what was paid; the list says so and offers no second refund."""
    path = await sold(box)
    location = await post(box, f"{path}/refund", {"reason": "blurred", "currency": "EUR"}, 303)
    page = await get(box, location)
    assert "money was given back" in page
    assert "paid back" in page
    assert f"{path}/refund" not in page
    assert (await box.stall.stock.sales())[0].refunded == 800


async def test_a_part(box: Box) -> None:
    """An amount as people write it; the sale stays, its number stays sold."""
    path = await sold(box)
    await post(box, f"{path}/refund", {"amount": "2,50", "reason": "torn", "currency": "EUR"}, 303)
    (line,) = await box.stall.stock.sales()
    assert (line.refunded, line.is_void) == (250, False)
    assert (await box.stall.stock.status()).drops[0].left == 9


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"amount": "9.00", "reason": "x"}, 400, "at most what was paid"),
        ({"amount": "0", "reason": "x"}, 400, "More than nothing"),
        ({"amount": "much", "reason": "x"}, 400, "is no amount"),
        ({"amount": "1.00"}, 400, "Say why"),
    ],
)
async def test_refusals(box: Box, form: dict[str, str], status: int, words: str) -> None:
    """What cannot be given back comes back on the list with the reason, and nothing is noted."""
    path = await sold(box)
    assert words in await post(box, f"{path}/refund", {"currency": "EUR", **form}, status)
    assert (await box.stall.stock.sales())[0].refunded is None


async def test_once(box: Box) -> None:
    """A second refund of the same sale is refused."""
    path = await sold(box)
    form = {"amount": "1.00", "reason": "x", "currency": "EUR"}
    await post(box, f"{path}/refund", form, 303)
    assert "paid back before" in await post(box, f"{path}/refund", form, 409)


async def test_void_and_refund(box: Box) -> None:
    """A void sale counts as paid back: the list offers no refund, and one that is sent all the same is refused."""
    path = await sold(box)
    await post(box, f"{path}/void", {"reason": "x"}, 303)
    assert "counts as paid back" in await post(box, f"{path}/refund", {"reason": "x", "currency": "EUR"}, 409)
    assert f"{path}/refund" not in await get(box, "/console/sales")


class TestPin:
    async def test_above_the_limit(self, strict: Box) -> None:
        """The form asks for the PIN only where it is needed; a wrong one is refused, the right one is taken."""
        path = await sold(strict, "print")
        assert "PIN, above €10.00" in await get(strict, "/console/sales")
        form = {"reason": "x", "currency": "EUR"}
        for pin in ("", "1111"):
            assert "needs the PIN" in await post(strict, f"{path}/refund", {**form, "pin": pin}, 403)
        await post(strict, f"{path}/refund", {**form, "pin": "2468"}, 303)

    async def test_below_the_limit(self, strict: Box) -> None:
        """A small refund needs none."""
        path = await sold(strict)
        assert "PIN" not in await get(strict, "/console/sales")
        await post(strict, f"{path}/refund", {"reason": "x", "currency": "EUR"}, 303)

    async def test_guessing_ends(self, strict: Box) -> None:
        """After five wrong PINs even the right one has to wait."""
        path = await sold(strict, "print")
        form = {"reason": "x", "currency": "EUR"}
        for number in range(5):
            await post(strict, f"{path}/refund", {**form, "pin": f"000{number}"}, 403)
        assert "Wait ten minutes" in await post(strict, f"{path}/refund", {**form, "pin": "2468"}, 429)

    async def test_a_part_below_the_limit(self, strict: Box) -> None:
        """What counts is what is given back, not what was paid."""
        path = await sold(strict, "print")
        await post(strict, f"{path}/refund", {"amount": "10.00", "reason": "x", "currency": "EUR"}, 303)
