"""Drops as nobody would write them, and some would: endless and right-to-left titles, thousands of files, prices from
nothing to a million, HTML wherever a text goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core.sale import Order
from tests.browser import market
from tests.browser.looking import View, Visit, looker
from tests.browser.test_pages import faults_of
from tests.organizer import Drop, Organizer
from tests.web.paying import fresh_token, post
from tests.web.served import Box, running_box

pytestmark = pytest.mark.browser
SMALL = View(width=320, height=568, locale="de", dark=True, text=200)
HTML = '"><script>complain("ran")</script><img src=x onerror=complain(1)><b style=color:red>’&amp;{{7*7}}</b>'
LONG = "Nachtfischereihafenrundfahrtsgeschichten " * 7 + "und Ende, ganz"  # 300 characters
UNBROKEN = "Hafen" * 60
ARABIC = "أضواء المرفأ \u202e ليلاً"


def dressed(organizer: Organizer, text: str, **fields: object) -> Drop:
    """A drop that says `text` wherever a creator may say something."""
    short = text[:100]
    prices = [market.price("download", short, 800, short, 5), market.price("other", short, 900)]
    words = {
        "title": text[:300],
        "summary": text,
        "license": short,
        "aftercare": {"text": text, "url": "https://a.example/"},
    }
    files = {"look.jpg": market.photo(2), "notes.txt": b"notes", "01.wav": market.sound()}
    drop = organizer.drop("drop", 100, files, **{"prices": prices, **words, **fields})
    listed = drop.manifest_fields()["files"]
    assert isinstance(listed, list)
    kinds = {"look.jpg": "image/jpeg", "01.wav": "audio/wav", "notes.txt": "text/plain"}
    drop.fields["files"] = [{**item, "title": short, "preview": True, "type": kinds[item["path"]]} for item in listed]
    return drop


def thousands(organizer: Organizer) -> Drop:
    """5,000 files with long names; they hold the same, so that the shelf keeps one."""
    names = [f"contact sheets/{number:04}-{'n' * 80}.txt" for number in range(5000)]
    return organizer.drop("drop", 100, dict.fromkeys(names, b"a sheet"))


def priced(organizer: Organizer) -> Drop:
    """From nothing to a million yen."""
    prices = [market.price("free", "Free", 0), market.price("patron", "Patron", 1_000_000)]
    return organizer.drop("drop", 100, currency="JPY", prices=prices)


DROPS = {
    "300 characters": lambda organizer: dressed(organizer, LONG),
    "300 characters without a blank": lambda organizer: dressed(organizer, UNBROKEN),
    "right to left": lambda organizer: dressed(organizer, ARABIC),
    "HTML": lambda organizer: dressed(organizer, HTML),
    "5,000 files": thousands,
    "0 and 1,000,000 JPY": priced,
}


async def pages(box: Box) -> list[str]:
    """Every page that shows something of the drop, and those of a sale."""
    drop = box.stall.catalogue.drops[0].manifest
    price = drop.prices[-1].id
    copies = await box.stall.seller.sell(Order("drop", price=price))
    claim = f"/c/{copies[0].claim}"
    closed = await post(box, "/console/close", {"key": "of these tests"}, 303)
    await box.stall.seller.sell(Order("drop", price=price, discount=100, discount_reason=HTML))
    box.board.post(await box.stall.stock.status())
    bought = [claim, f"{claim}/files", f"{claim}/certificate", f"/t/{await fresh_token(box, price, 'drop')}"]
    shop = ["/", "/drops/drop", "/drops/drop/files", f"/drops/drop/pay?price={price}"]
    return [*shop, *bought, "/console", "/console/sales", "/console/box", "/console/close", closed, "/display"]


@pytest.mark.parametrize("name", DROPS)
async def test_drops(chromium: str, tmp_path: Path, name: str) -> None:
    """Every page stands: nothing runs, and nothing is wider than a small phone with text of twice the size."""
    async with running_box(tmp_path) as box, looker(chromium) as browser:
        await box.bring(DROPS[name](box.organizer))
        faults = [
            fault
            for path in await pages(box)
            for fault in faults_of(path, await browser.look(Visit(box.shop + path), SMALL))
        ]
    assert faults == [], "\n".join(faults)


async def test_what_people_type(chromium: str, tmp_path: Path) -> None:
    """HTML that is typed runs nowhere; where the field comes back, it holds the text that it is."""
    async with running_box(tmp_path) as box, looker(chromium) as browser:
        await box.bring(market.photos(box.organizer))
        for path, field in (("/", "#number"), ("/redeem", "#token"), ("/console/redeem", "#token")):
            send = ("send", f"form:has({field}) button:not([type=button])")
            seen = await browser.look(Visit(box.shop + path, (("fill", field, HTML), send)))
            assert set(seen.fields) <= {HTML}
            assert faults_of(path, seen) == []
