"""Close the day on the console: the sums, the page to photograph, the files."""

from __future__ import annotations

import csv
import io
import re

from appliance.core import entries
from appliance.core.probes import Event, System
from appliance.core.sale import Method, Order
from appliance.core.timeline import Step
from tests.box import CARD
from tests.web.clients import PERSON
from tests.web.paying import fresh_token, get, post, sell_out, token
from tests.web.served import Box


async def a_day(box: Box) -> None:
    """Two for cash with a tip, one by card with a discount, a fresh and a boxed token, a void, a refund."""
    two = await box.stall.seller.sell(Order("harbour-lights", quantity=2, tip=100))
    await box.stall.seller.sell(Order("harbour-lights", "print", method=Method.CARD, discount=500, discount_reason="x"))
    await box.stall.redeemer.redeem(await fresh_token(box))
    await box.stall.redeemer.redeem(token(box))
    gone = await box.stall.seller.sell(Order("harbour-lights"))
    await box.stall.undo.void(gone[0].sale, "changed mind", by=None)
    await box.stall.undo.refund(two[0].sale, 300, "torn", by=None, pin=None)


async def test_look(box: Box) -> None:
    """Before closing the page has the sums by drop, option, method and tier, and appends nothing."""
    await a_day(box)
    size = box.stall.house.ledger.head.size
    page = await get(box, "/console/close")
    for words in ("5 copies", "€53.00", "cash", "card · discount €5.00", "fresh token", "boxed token", "tip €1.00"):
        assert words in page
    for words in ("no fiscal record", "At the box itself", "1 void, 1 refund", "1 · €3.00", "the oldest for"):
        assert words in page
    assert box.stall.house.ledger.head.size == size


async def test_close(box: Box) -> None:
    """Closing appends one signed entry and shows it at an address of its own, with the same sums."""
    await a_day(box)
    location = await post(box, "/console/close", {}, 303)
    page = await get(box, location)
    assert "Day closed" in page
    assert "€53.00" in page
    assert "1 void, 1 refund" in page
    leaf = await box.stall.house.reader.leaf(entries.split_reference(location.rpartition("/")[2]))
    assert leaf is not None
    assert entries.read(leaf).type == "close"


async def test_sent_twice(box: Box) -> None:
    """A double tap closes once and shows the day, not an empty one after it; the next page's form closes anew."""
    await a_day(box)
    keys = [re.findall(r'name="key" value="([^"]+)"', await get(box, "/console/close"))[0] for _ in range(2)]
    locations = [await post(box, "/console/close", {"key": key}, 303) for key in (keys[0], keys[0], keys[1])]
    assert locations[0] == locations[1] != locations[2]
    assert "€53.00" in await get(box, locations[1])
    assert f'href="{locations[0]}"' in await get(box, locations[2])


async def test_the_next_day_begins_empty(box: Box) -> None:
    """What was closed is not summed again, and the first page still shows its own day."""
    await a_day(box)
    first = await post(box, "/console/close", {}, 303)
    assert "Nothing was sold since the last close" in await get(box, "/console/close")
    await box.stall.seller.sell(Order("harbour-lights"))
    second = await post(box, "/console/close", {}, 303)
    assert "€53.00" in await get(box, first)
    page = await get(box, second)
    assert "1 copy" in page
    assert "1 void" not in page
    assert f'<dt>Since</dt><dd><a href="{first}">' in page


async def test_files(box: Box) -> None:
    """The table has titles and money with its point, the file all that the entry says; neither is a fiscal record."""
    await a_day(box)
    location = await post(box, "/console/close", {}, 303)
    async with box.client.get(f"{box.shop}{location}/close.csv", headers=PERSON) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "no-fiscal-record.csv" in answer.headers["Content-Disposition"]
        rows = list(csv.DictReader(io.StringIO(await answer.text())))
    assert {row["title"] for row in rows} == {"Harbour Lights"}
    assert [(row["method"], row["tier"], row["count"], row["paid"]) for row in rows] == [
        ("cash", "", "2", "17.00"),
        ("token", "boxed", "1", "8.00"),
        ("token", "fresh", "1", "8.00"),
        ("card", "", "1", "20.00"),
    ]
    async with box.client.get(f"{box.shop}{location}/close.json", headers=PERSON) as answer:
        found = await answer.json()
    assert found["entry"] == location.rpartition("/")[2]
    assert found["note"] == "This is no fiscal record."
    assert found["totals"]["voids"] == 1
    assert found["by_phone"] == [{"phone": None, "voids": 1, "refunds": 1}]


async def test_names_of_phones(box: Box) -> None:
    """Voids stand under the name of the phone that made them."""
    paired = await box.stall.phones.pair(CARD, "Ana’s phone", "here")
    (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
    await box.stall.undo.void(copy.sale, "x", by=paired.number)
    page = await get(box, "/console/close")
    assert "Ana’s phone" in page
    assert "1 void, 0 refunds" in page


async def test_owed_and_refused(box: Box) -> None:
    """What is owed and what was refused is counted."""
    await sell_out(box)
    await post(box, "/redeem", {"token": token(box)}, 409)
    await post(box, "/redeem", {"token": "A" * 100}, 400)
    page = await get(box, "/console/close")
    assert "<dt>Owed, not settled</dt><dd>1</dd>" in page
    assert "1 × This cannot be read" in page


async def test_the_phones_of_the_day(box: Box) -> None:
    """The page and the file say how the day's phones got on, the signed entry nothing; the next day begins empty."""
    box.visits.happened("10.42.0.57", Event.OPENED, System.ANDROID)
    for step in (Step.JOINED, Step.PAGE, Step.PAID):
        box.visits.note("10.42.0.57", step)
    box.visits.note("10.42.0.58", Step.JOINED)
    assert "2 joined, 1 opened a page, 1 paid, 0 have their files" in await get(box, "/console/close")
    location = await post(box, "/console/close", {}, 303)
    page = await get(box, location)
    for words in ("All phones", "Android", "1 joined, 1 opened a page", "half within"):
        assert words in page
    async with box.client.get(f"{box.shop}{location}/close.json", headers=PERSON) as answer:
        found = await answer.json()
    assert found["funnel"]["all"] | {"to_page_s": 0, "to_paid_s": 0} == {
        **{"joined": 2, "page": 1, "paid": 1, "files": 0},
        **{"to_page_s": 0, "to_paid_s": 0, "to_files_s": None},
    }
    assert [row["system"] for row in found["funnel"]["by_system"]] == ["android", None]
    leaf = await box.stall.house.reader.leaf(entries.split_reference(location.rpartition("/")[2]))
    assert leaf is not None
    assert b"funnel" not in leaf
    assert "Phones on the Wi-Fi" not in await get(box, "/console/close")


async def test_no_such_close(box: Box) -> None:
    """Only closes have such a page, not other entries."""
    assert "not closed under" in await get(box, "/console/close/1:2", 404)
    incarnation = box.stall.house.ledger.incarnation
    assert "not closed under" in await get(box, f"/console/close/{incarnation}:0", 404)


async def test_an_unsure_clock_is_said(box: Box) -> None:
    """The page does not claim a moment that the box does not know."""
    box.clock.hi = None
    assert "at the earliest" in await get(box, "/console/close")


async def test_strangers(box: Box) -> None:
    """Nobody but a paired phone sees the sums or closes the day."""
    async with box.client.post(f"{box.console}/console/close", headers=PERSON) as answer:
        assert answer.status == 403
    async with box.client.get(f"{box.console}/console/close", headers=PERSON, allow_redirects=False) as answer:
        assert answer.status == 303
