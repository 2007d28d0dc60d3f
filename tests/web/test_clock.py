"""The phone's time over HTTP: on the console with and without its script, by the API, and what the pages say of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from appliance.core import time_sources
from appliance.core.documents import format_time
from appliance.stall.boxclock import BoxClock
from appliance.stall.timekeeping import hear
from appliance.web.api import BASE
from tests.organizer import DAY, NOW
from tests.stall.hardware import Hardware
from tests.web.clients import PROGRAM
from tests.web.conftest import harbour
from tests.web.paying import get, post
from tests.web.served import Box

CALLS_FOR_TIME = "not sure of the time"


@pytest.fixture
async def unsure(box: Box) -> Box:
    """The box with a machine that nobody synchronises; it knows only that NOW has passed."""
    hardware = Hardware()
    hardware.ntp_error_s = None
    house = box.stall.house
    house.clock = BoxClock(None, hardware.readings)
    house.now = house.clock.now
    await hear(house, time_sources.paper("trust", NOW))
    return box


def interval(box: Box) -> tuple[int, int | None, str]:
    at = box.stall.house.now()
    return at.lo, at.hi, at.quality.value


async def add_window(box: Box) -> None:
    """The drop gets a sale window that is open for certain only where hi is known."""
    window = {"from": format_time(NOW), "until": format_time(NOW + DAY)}
    await box.bring(harbour(box.organizer, version=2, sale=window))


class TestConsole:
    async def test_asked_for_when_it_is_needed(self, unsure: Box) -> None:
        """A sale window needs the time: both pages say so, one tap answers, and the selling goes on."""
        assert CALLS_FOR_TIME not in await get(unsure, "/console/box")
        await add_window(unsure)
        assert CALLS_FOR_TIME in await get(unsure, "/console")
        page = await get(unsure, "/console/box")
        assert CALLS_FOR_TIME in page
        assert "All is well" not in page
        location = await post(unsure, "/console/time", {"phone": str(NOW + 60)}, status=303)
        assert interval(unsure) == (NOW, NOW + 180, "phone")
        page = await get(unsure, location)
        assert "has this phone’s time now" in page
        assert "A paired phone has told the time." in page
        assert "2026-11-30 00:53:20 to 00:56:20 UTC" in page
        assert CALLS_FOR_TIME not in page
        assert CALLS_FOR_TIME not in await get(unsure, "/console")

    async def test_one_tap_where_one_sells(self, unsure: Box) -> None:
        """The first page takes the time itself and stays the first page; it asks about the window beside it."""
        await add_window(unsure)
        page = await get(unsure, "/console")
        assert 'name="then" value="sell"' in page
        assert "Yes, it is open now" in page
        location = await post(unsure, "/console/time", {"phone": str(NOW + 60), "then": "sell"}, status=303)
        assert location.startswith("/console?")
        page = await get(unsure, location)
        assert "has this phone’s time now" in page
        assert "Yes, it is open now" not in page

    async def test_the_page_sends_the_phones_time(self, unsure: Box) -> None:
        """The form has the field that the page's own script fills, and a field to type in where none runs."""
        page = await get(unsure, "/console/box")
        assert 'name="phone" value=""' in page
        assert 'type="datetime-local"' in page
        assert "clock.js" in page

    @pytest.mark.parametrize(("ahead", "hours"), [("", 0), ("2", 2), ("-3", -3), ("5,5", 5.5)])
    async def test_typed(self, unsure: Box, ahead: str, hours: float) -> None:
        """Without a script date and time are typed as they are there, and how far that is ahead of UTC."""
        local = datetime.fromtimestamp(NOW + DAY + hours * 3600, UTC).strftime("%Y-%m-%dT%H:%M")
        await post(unsure, "/console/time", {"phone": "", "local": local, "ahead": ahead}, status=303)
        lo, hi, quality = interval(unsure)
        assert quality == "phone"
        assert lo <= NOW + DAY <= (hi or 0)

    @pytest.mark.parametrize(
        "form",
        [
            {},
            {"phone": "soon"},
            {"phone": "9" * 40},
            {"local": "yesterday"},
            {"local": "2026-12-01T10:00", "ahead": "nan"},
            {"local": "2026-12-01T10:00", "ahead": "99"},
            {"local": "0001-01-01T00:00", "ahead": "5"},
        ],
        ids=str,
    )
    async def test_no_time(self, unsure: Box, form: dict[str, str]) -> None:
        """What is no time is refused on a page, and changes nothing."""
        await post(unsure, "/console/time", form, status=400)
        assert interval(unsure) == (NOW, None, "signed")

    async def test_behind(self, unsure: Box) -> None:
        """A phone that is behind what has passed hears why, and what to do."""
        page = await post(unsure, "/console/time", {"phone": str(NOW - DAY)}, status=409)
        assert "clock-reset" in page

    async def test_known_better(self, unsure: Box) -> None:
        """A better source stays, and the page says so."""
        await hear(unsure.stall.house, time_sources.ntp(NOW + 5, 1))
        location = await post(unsure, "/console/time", {"phone": str(NOW + 60)}, status=303)
        assert "better already" in await get(unsure, location)
        assert interval(unsure)[2] == "ntp"

    @pytest.mark.parametrize(("answer", "quality"), [("right", "phone"), ("wrong", "signed")])
    async def test_a_leap(self, unsure: Box, answer: str, quality: str) -> None:
        """More than 400 days at once: the page asks, and the answer decides."""
        location = await post(unsure, "/console/time", {"phone": str(NOW + 500 * DAY)}, status=303)
        assert "Is this time right?" in await get(unsure, location)
        form = {"source": "phone", "answer": answer}
        assert "noted" in await get(unsure, await post(unsure, "/console/time-answer", form, status=303))
        assert interval(unsure)[2] == quality
        assert "Is this time right?" not in await get(unsure, "/console/box")
        await post(unsure, "/console/time-answer", form, status=409)

    async def test_an_answer_that_is_none(self, unsure: Box) -> None:
        """Only right and wrong are answers."""
        await post(unsure, "/console/time-answer", {"source": "phone", "answer": "maybe"}, status=400)


class TestApi:
    async def post(self, box: Box, body: object) -> tuple[int, dict[str, object]]:
        async with box.client.post(f"{box.shop}{BASE}/clock", json=body, headers=PROGRAM) as answer:
            return answer.status, await answer.json()

    async def test_taken(self, unsure: Box) -> None:
        """The clock as it is afterwards."""
        clock = {"lo": NOW, "hi": NOW + 130, "quality": "phone"}
        assert await self.post(unsure, {"time": NOW + 10}) == (200, {"clock": clock, "effect": "taken"})

    @pytest.mark.parametrize(
        "body",
        [{}, {"time": "now"}, {"time": True}, {"time": 1.5}, {"time": NOW, "zone": 1}, [], {"time": 12}],
        ids=str,
    )
    async def test_refused(self, unsure: Box, body: object) -> None:
        """A problem document for whatever is no time."""
        status, problem = await self.post(unsure, body)
        assert (status, problem["code"]) == (400, "bad-request")

    async def test_only_paired_phones(self, unsure: Box) -> None:
        """Whoever is not paired cannot set the box's clock."""
        async with unsure.client.post(f"{unsure.console}{BASE}/clock", json={"time": NOW}, headers=PROGRAM) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "unpaired")
