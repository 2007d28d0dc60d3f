"""Payment tokens for the box of these tests, as a reader signs them; forms as a browser on this machine sends them."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import ClientResponse

from appliance.core.manifest import drop_id
from tests.organizer import NOW
from tests.web.clients import PERSON
from tests.web.served import Box


async def fresh_token(box: Box, price: str = "download", slug: str = "harbour-lights") -> str:
    """A token for an offer that the box makes now."""
    offered = await box.stall.offers.offer(slug, price)
    offer = offered.offer
    return token(box, price=offer.price, amount=offer.amount, slug=slug, nonce=offered.nonce)


def token(
    box: Box,
    *,
    price: str = "download",
    amount: int = 800,
    slug: str = "harbour-lights",
    issued: int = NOW,
    nonce: bytes | None = None,
    cti: bytes | None = None,
) -> str:
    """A boxed token of an hour, unless it has a nonce."""
    drop = drop_id(box.organizer.origin, slug)
    return box.organizer.token(
        box.stall.house.box_id,
        drop,
        price=price,
        amount=amount,
        issued=issued,
        expires=issued + 3600,
        nonce=nonce,
        cti=cti,
    )


def expired_token(box: Box) -> str:
    """A boxed token that ended an hour ago: the box's clock is put ahead."""
    box.clock.lo, box.clock.hi = NOW + 7200, NOW + 7201
    return token(box)


async def get(box: Box, path: str, status: int = 200) -> str:
    async with box.client.get(box.shop + path, headers=PERSON, allow_redirects=False) as answer:
        assert answer.status == status, await answer.text()
        return await answer.text()


async def post(box: Box, path: str, form: Mapping[str, str], status: int = 200) -> str:
    """Where the form leads, or what it shows."""
    answer = await send(box, path, form)
    text = await answer.text()
    assert answer.status == status, text
    return answer.headers.get("Location") or text


async def send(box: Box, path: str, form: Mapping[str, str]) -> ClientResponse:
    headers = {**PERSON, "Origin": box.shop}
    answer = await box.client.post(box.shop + path, data=form, headers=headers, allow_redirects=False)
    await answer.read()
    return answer


async def sell_out(box: Box) -> None:
    """Sells every number that is left."""
    left = (await box.stall.stock.status()).drops[0].left
    await post(box, "/console/sell", {"offer": "harbour-lights/download", "more": str(left), "method": "cash"})
