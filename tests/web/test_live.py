"""Live stock: told at once, told anew within a second of a sale, in the listener's language, and to enough phones."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from aiohttp import ClientResponse

from appliance.core.sale import Order
from tests.web.served import Box

WITHIN_S = 1.0


@contextlib.asynccontextmanager
async def listening(box: Box, language: str = "en") -> AsyncIterator[ClientResponse]:
    async with box.client.get(f"{box.shop}/news", headers={"Accept-Language": language}) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        yield answer


async def heard(answer: ClientResponse, within_s: float = 5) -> dict[str, dict[str, object]]:
    """The next news of the stock."""
    async with asyncio.timeout(within_s):
        lines = (await answer.content.readuntil(b"\n\n")).decode().splitlines()
    assert lines[0] == "event: stock"
    found = json.loads(lines[1].removeprefix("data: "))
    assert isinstance(found, dict)
    return found


async def post_status(box: Box) -> None:
    box.board.post(await box.stall.stock.status())


async def test_at_once_and_after_a_sale(box: Box) -> None:
    """Two pages hear what is left when they open, and of a sale within a second; price options with a limit as well."""
    await post_status(box)
    async with listening(box) as one, listening(box) as two:
        for page in (one, two):
            drop = (await heard(page))["harbour-lights"]
            assert (drop["left"], drop["said"]) == (10, "10 of 10 left")
            assert drop["prices"] == {"download": {"left": 10, "said": ""}, "print": {"left": 2, "said": "2 left"}}
        await box.stall.seller.sell(Order("harbour-lights", "print", quantity=2))
        await post_status(box)
        for page in (one, two):
            drop = (await heard(page, WITHIN_S))["harbour-lights"]
            assert (drop["left"], drop["said"]) == (8, "8 of 10 left")
            assert drop["prices"] == {"download": {"left": 8, "said": ""}, "print": {"left": 0, "said": "none left"}}


async def test_only_news(box: Box) -> None:
    """A status that changes no stock is not told; the next one that does is."""
    await post_status(box)
    async with listening(box) as page:
        await heard(page)
        await post_status(box)
        await asyncio.sleep(0.1)
        await box.stall.seller.sell(Order("harbour-lights"))
        await post_status(box)
        assert (await heard(page))["harbour-lights"]["left"] == 9


async def test_a_drop_that_the_status_does_not_know_yet(box: Box) -> None:
    """Of a drop that came after the last status nothing is told, rather than something wrong."""
    await post_status(box)
    await box.bring(box.organizer.drop("field-tapes", 5))
    async with listening(box) as page:
        assert set(await heard(page)) == {"harbour-lights"}


async def test_one_address_does_not_take_all(box: Box) -> None:
    """Beyond six pages of one address the next is refused, and works without news."""
    await post_status(box)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(6):
            await stack.enter_async_context(listening(box))
        async with box.client.get(f"{box.shop}/news") as answer:
            assert answer.status == 429
    async with box.client.get(f"{box.shop}/") as answer:
        assert answer.status == 200
