"""The day in pictures: hours counted back from now, money or copies, and the share of each price option."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from appliance.core.sale import Order
from appliance.stall.stock import Taking
from appliance.web.day import day
from tests.web.paying import get
from tests.web.served import Box

NOW = 1_790_000_000
HOUR = 3600


def taking(
    hours_ago: float, paid: int = 800, title: str = "Harbour", price: str = "Download", currency: str = "EUR"
) -> Taking:
    return Taking(NOW - int(hours_ago * HOUR), title, price, currency, paid)


def told(course: str) -> list[str]:
    """What the picture says in words."""
    description = ElementTree.fromstring(course).find("{http://www.w3.org/2000/svg}desc")
    assert description is not None
    return (description.text or "").split("; ")


def test_nothing_sold() -> None:
    """A day without sales has no pictures."""
    assert day([], NOW) is None


def test_hours() -> None:
    """Sales stand in their hour, the oldest first; six hours are drawn at least. Nothing is ahead of now."""
    seen = day([taking(2.5), taking(0.2), taking(0.1), taking(-1)], NOW)
    assert seen is not None
    assert told(seen.course) == ["2 h ago: €8.00", "this hour: €24.00"]
    assert len(re.findall(r">(?:now|−\d h)<", seen.course)) == 6


def test_several_currencies() -> None:
    """Money of two currencies is not added up: the bars count copies."""
    seen = day([taking(0), taking(0), taking(1, 1200, currency="JPY")], NOW)
    assert seen is not None
    assert told(seen.course) == ["1 h ago: 1 copy", "this hour: 2 copies"]


def test_shares() -> None:
    """The price option that sold best stands first, with the longest bar."""
    seen = day([taking(0, price="Print"), taking(0), taking(1), taking(2), taking(3)], NOW)
    assert seen is not None
    assert [(share.price_title, share.count) for share in seen.shares] == [("Download", 4), ("Print", 1)]
    assert 'width="100%" height="8" rx="4"/></svg>' in seen.shares[0].bar
    assert 'width="25%"' in seen.shares[1].bar


async def test_on_the_page(box: Box) -> None:
    """The list of sales has the pictures once something was sold, and void sales are not in them."""
    assert '<svg class="columns"' not in await get(box, "/console/sales")
    _first, second = [(await box.stall.seller.sell(Order("harbour-lights")))[0] for _ in range(2)]
    await box.stall.undo.void(second.sale, "changed mind", by=None)
    page = await get(box, "/console/sales")
    assert "this hour: €8.00" in page
    assert page.count('class="lying"') == 1
