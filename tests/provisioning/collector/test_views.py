"""What is gathered for pages: names that are shared, times that cannot be, an event that has not begun."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import ClientSession

from appliance.core.clock import Quality, Stamp
from appliance.core.documents import MAX_INTEGER
from appliance.core.entries import Entry
from provisioning.collector import books, database, stock, words
from provisioning.collector.exports import sales_csv
from provisioning.collector.known import read_papers
from provisioning.collector.serve import serving
from provisioning.collector.views import boxes
from provisioning.collector.views.sales import Sales, sales
from tests.organizer import DAY, NOW
from tests.provisioning.collector.events import FIRST, SECOND, Event
from tests.provisioning.ledgers import Ledger


class Timed(Ledger):
    """A box whose clock says what the test wants."""

    lo = NOW

    def add(self, kind: str, /, **fields: object) -> Entry:
        seq = len(self.leaves)
        stamp = Stamp(self.lo, None, Quality.FLOOR, "00000000-0000-0000-0000-000000000007", seq)
        entry = Entry(FIRST.public.id, 5, seq, kind, stamp, fields)
        self.put(entry.leaf())
        return entry


def gathered(event: Event) -> Sales:
    with database.looking(event.place.database) as db:
        return sales(db, read_papers(event.place.papers, None))


def sold_at(event: Event, *times: int) -> Sales:
    """One sale at each of these times."""
    ledger = Timed(FIRST)
    for number, ledger.lo in enumerate(times, 1):
        event.sell(ledger, event.lights, [number])
    event.take(ledger.batch())
    return gathered(event)


@pytest.mark.parametrize(
    ("times", "title", "bars"),
    [
        ((NOW,), "EUR by hour", 1),
        ((NOW, NOW + 3 * 3600), "EUR by hour", 4),
        ((NOW, NOW + 3 * DAY), "EUR by day", 4),
        ((NOW, NOW - 400 * DAY), "EUR by day", 2),
        (tuple(NOW + 2 * at * DAY for at in range(90)), "EUR by day", 62),
        ((NOW, MAX_INTEGER), "EUR by day", 2),
        ((0, NOW), "EUR by day", 2),
    ],
)
def test_the_course_suits_its_length(tmp_path: Path, times: tuple[int, ...], title: str, bars: int) -> None:
    """Quiet hours and days are there, quiet months are not; a clock that is wrong spoils no page and no table."""
    event = Event(tmp_path)
    found = sold_at(event, *times)
    [course] = found.courses
    assert course.title == title
    assert len(re.findall("<rect", course.svg)) == bars
    assert found.count == len(times)
    with database.looking(event.place.database) as db:
        assert len(list(sales_csv(db, read_papers(event.place.papers, None)))) == len(times) + 1


def test_two_things_of_one_name_stay_two(tmp_path: Path) -> None:
    """Boxes are told apart by their keys, drops by their ids; the one that sold more comes first."""
    event = Event(tmp_path)
    named = [{"key": box.public.did, "name": "Stall"} for box in (FIRST, SECOND)]
    event.put("trust.1", event.organizer.trust(boxes=named))
    other = event.organizer.drop("other", None)
    event.put("other", other.manifest())
    first, second = Ledger(FIRST), Ledger(SECOND)
    event.sell(first, event.lights, [1, 2])
    event.sell(second, other, [None] * 3)
    event.take(first.batch(), second.batch())
    drops, _, by_box, methods = gathered(event).tables
    assert [(line.name, line.count) for line in by_box.lines] == [("Stall", 3), ("Stall", 2)]
    assert [(line.name, line.count) for line in drops.lines] == [("Harbour Lights", 3), ("Harbour Lights", 2)]
    assert [(line.name, line.count) for line in methods.lines] == [("Cash", 5)]


def test_what_has_no_papers_has_its_id(tmp_path: Path) -> None:
    """A drop that the collector was not told of is still sold."""
    event = Event(tmp_path)
    strange = event.organizer.drop("strange", None)
    ledger = Ledger(FIRST)
    event.sell(ledger, strange, [None])
    event.take(ledger.batch())
    [line] = gathered(event).tables[0].lines
    assert line.name == f"Drop {strange.id}"
    with database.looking(event.place.database) as db:
        editions = stock.editions(read_papers(event.place.papers, None), books.used(db))
    assert [(each.manifest, each.shelves[0].sold) for each in editions if each.drop == strange.id] == [(None, 1)]


def test_an_allotment_that_does_not_hold_is_named(tmp_path: Path) -> None:
    """The stock says why it does not know."""
    event = Event(tmp_path)
    event.put("allotment", event.lights.allotment(epoch=2, previous="00" * 32))
    event.take(Ledger(FIRST).batch())
    found = stock.editions(read_papers(event.place.papers, None), {})
    [lights] = [each for each in found if each.drop == event.lights.id]
    assert lights.fault == "Allotment 1 of “Harbour Lights” is missing in this bundle."


def test_a_removed_box_says_so(tmp_path: Path) -> None:
    """Its ledger stays."""
    event = Event(tmp_path)
    event.take(Ledger(SECOND).batch())
    trust = event.organizer.trust(boxes=[{"key": FIRST.public.did, "name": "Seven"}], version=2)
    event.put("trust.2", trust)
    with database.looking(event.place.database) as db:
        found = {box.id: box for box in boxes.boxes(db, read_papers(event.place.papers, None))}
    assert found[SECOND.public.id].is_removed
    assert found[SECOND.public.id].ledgers[0].held == 1
    assert not found[FIRST.public.id].is_removed


async def test_an_event_that_has_not_begun(tmp_path: Path) -> None:
    """Every page is there and says so."""
    event = Event(tmp_path)
    async with serving(event.place, event.organizer.cosigner, lambda: NOW) as address, ClientSession() as client:
        header = {"Authorization": f"Bearer {event.place.secret.read_text().strip()}", "Accept": "text/html"}
        for path, said in {
            "/": "No sales yet",
            "/?since=today": "Nothing sold today yet",
            "/stock": "Harbour Lights",
            "/boxes": "Never heard",
            "/owed": "Nothing is owed",
            "/cases": "No cases",
            "/exports/sales.csv": "box,stall,entry",
        }.items():
            async with client.get(address + path, headers=header) as answer:
                assert answer.status == 200
                assert said in await answer.text()


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "just now"), (59, "just now"), (60, "1 minute ago"), (7300, "2 hours ago")]
)
def test_how_long_ago(seconds: int, said: str) -> None:
    """In the largest unit."""
    assert words.ago(seconds) == said
