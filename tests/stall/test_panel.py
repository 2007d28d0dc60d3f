"""What small panels show to be paid on the web: links that stay for minutes and are good long after they have gone."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.documents import format_time
from appliance.core.offer import VALID_FOR_S
from appliance.core.sale import Order
from appliance.core.status import PayLink
from appliance.stall.panel import STAYS_MS
from tests.organizer import DAY, NOW
from tests.stall.test_offers import CHECKOUT
from tests.stall.till import PRICES, Till, opened

STAYS_S = STAYS_MS // 1000


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path, settings=CHECKOUT) as made:
        yield made


async def links(till: Till) -> tuple[PayLink, ...]:
    return (await till.stall.stock.status()).pay


def nonce(link: PayLink) -> bytes:
    """FORMATS §3: the link's 28 characters hold the box, the nonce, a byte of the drop's id, the option."""
    return base64.b32decode(link.url.rpartition("/")[2] + "A" * 4)[8:16]


async def test_the_link(till: Till) -> None:
    """Each drop has the link of its first price option."""
    (link,) = await links(till)
    assert (link.slug, link.price_title, link.amount, link.currency) == (till.drop.slug, "Download", 800, "EUR")
    assert link.url.startswith("HTTPS://PAY.EXAMPLE.ORG/P/")


async def test_it_stays(till: Till) -> None:
    """The link changes every five minutes and not before, whatever is sold meanwhile."""
    till.hardware.ms = 10 * STAYS_MS
    first = await links(till)
    await till.stall.seller.sell(Order(till.drop.slug))
    for _ in range(STAYS_S // 50 - 1):
        till.hardware.pass_time(50)
        assert await links(till) == first
    till.hardware.pass_time(50)
    assert await links(till) != first


@pytest.mark.parametrize("shown_for_s", [0, STAYS_S - 1])
async def test_a_buyer_has_time(till: Till, shown_for_s: int) -> None:
    """Who scans the link in its last second still has fifteen minutes to pay, and the token is fresh."""
    till.hardware.ms = 10 * STAYS_MS
    (first,) = await links(till)
    till.hardware.pass_time(shown_for_s)
    (link,) = await links(till)
    assert link == first
    till.hardware.pass_time(VALID_FOR_S - STAYS_S)
    redeemed = await till.redeem(till.token(price="download", amount=800, nonce=nonce(link)))
    assert redeemed.tier == "fresh"


async def test_without_a_checkout(tmp_path: Path) -> None:
    """A stall without a web checkout shows no link."""
    async with opened(tmp_path) as till:
        assert await links(till) == ()


async def test_sold_out(till: Till) -> None:
    """Nobody is asked to pay for what is gone."""
    await till.stall.seller.sell(Order(till.drop.slug, quantity=4))
    assert await links(till) == ()


async def test_what_costs_nothing_has_none(tmp_path: Path) -> None:
    """The first option that costs something has the link; a drop that is free has none."""
    free = {"id": "free", "title": "Look", "amount": 0, "hand_over": None, "stock": None}
    async with opened(tmp_path / "one", settings=CHECKOUT, prices=[free, *PRICES]) as till:
        (link,) = await links(till)
        assert link.price_title == "Download"
    async with opened(tmp_path / "other", settings=CHECKOUT, prices=[free]) as till:
        assert await links(till) == ()


async def test_the_option_is_gone(tmp_path: Path) -> None:
    """An option whose own stock is sold has no link, although the drop is not sold out."""
    async with opened(tmp_path, settings=CHECKOUT, prices=PRICES[1:]) as till:
        assert len(await links(till)) == 1
        await till.stall.seller.sell(Order(till.drop.slug, "print"))
        assert await links(till) == ()


async def test_outside_the_window(tmp_path: Path) -> None:
    """Before and after its sale a drop has no link."""
    until = NOW + 2 * DAY
    window = {"from": format_time(NOW), "until": format_time(until)}
    async with opened(tmp_path, settings=CHECKOUT, sale=window) as till:
        assert len(await links(till)) == 1
        till.hardware.pass_time(3 * DAY)
        assert await links(till) == ()
