"""What is gathered for pages: names that are shared, times that cannot be, an event that has not begun."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import ClientSession

from appliance.core.clock import Quality, Stamp
from appliance.core.documents import MAX_INTEGER, digest
from appliance.core.entries import Entry
from appliance.core.envelope import Kind, read
from provisioning.collector import books, database, releases, stock, words
from provisioning.collector.exports import sales_csv
from provisioning.collector.known import read_papers
from provisioning.collector.serve import serving
from provisioning.collector.views import boxes, ledger
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


def test_released_numbers_are_not_left(tmp_path: Path) -> None:
    """They count neither as allotted nor as left, until an allotment gives them back."""
    event = Event(tmp_path)
    ledger = Ledger(FIRST)
    event.sell(ledger, event.lights, [1])
    given_up = ledger.add("release", drop=event.lights.id, ranges=[[41, 50]])
    event.take(ledger.batch())

    def shelf() -> tuple[int | None, int | None]:
        with database.looking(event.place.database) as db:
            found = stock.editions(read_papers(event.place.papers, None), books.used(db), releases.releases(db))
        [each] = [shelf for edition in found for shelf in edition.shelves if shelf.box == FIRST.public.id]
        return each.allotted, each.left

    assert shelf() == (40, 39)
    box = FIRST.public.id
    digests = [digest(read((event.papers / "allotment.dsse.json").read_bytes(), Kind.ALLOTMENT).payload)]
    stated = {"box": box, "ranges": [[41, 50]], "entry": given_up.reference}
    for epoch, last, released in ((2, 40, [stated]), (3, 50, [])):
        paper = event.lights.allotment(
            epoch=epoch,
            previous=digests[-1],
            boxes=[{"box": box, "ranges": [[1, last]]}, {"box": SECOND.public.id, "ranges": [[51, 60]]}],
            reserve=[[61, 100]] if last == 50 else [[41, 50], [61, 100]],
            released=released,
        )
        digests.append(digest(read(paper, Kind.ALLOTMENT).payload))
        event.put(f"allotment.{epoch}", paper)
        assert shelf() == (last, last - 1)


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


def test_entries_are_read_as_words(tmp_path: Path) -> None:
    """A clock that knew nothing says so, not 1970; what an entry holds stands as words and not as JSON."""
    event = Event(tmp_path)
    box = Timed(FIRST)
    box.lo = 42
    sides = {"lo": 0, "hi": None, "quality": "none"}, {"lo": NOW, "hi": NOW + 60, "quality": "phone"}
    box.add("clock", **{"from": sides[0], "to": sides[1]}, source="phone")
    box.add("release", drop=event.lights.id, ranges=[[41, 50], [52, 52]])
    box.add("papers", kind="drop", id=event.lights.id, version=1, sha256="ab" * 32)
    event.take(box.batch())
    with database.looking(event.place.database) as db:
        found = ledger.page(db, read_papers(event.place.papers, None), (FIRST.public.id, 5), 1)
    assert found is not None
    assert {entry.time for entry in found.entries} == {"not known"}
    clock, release, papers = (entry.says for entry in found.entries)
    assert clock == f"phone: from not known to {words.when(NOW)} – {words.when(NOW + 60)}"
    assert release == "Harbour Lights · gave up #41–50, 52"
    assert papers.startswith(f"kind: drop · id: {event.lights.id} · version: 1 · sha256: abab")
