"""The claim's page on each kind of phone: what stands first, how long it takes, until when."""

from __future__ import annotations

import contextlib
import re

import pytest

from appliance.core.clock import Quality
from appliance.core.sale import Order
from appliance.core.timeline import Step
from appliance.web.claimed import Looker, Place, claim_view, place_of
from appliance.web.pace import Pace
from tests.web.clients import PERSON, PROGRAM
from tests.web.phone import ANDROID, IPHONE, LINUX, WINDOWS
from tests.web.served import Box

SAFARI = f"{IPHONE} Version/18.0 Mobile/15E148 Safari/604.1"
WEBVIEW = ANDROID.replace("Pixel 9", "Pixel 9; wv")
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"


@pytest.mark.parametrize(
    ("agent", "place"),
    [
        (IPHONE, Place.APPLE_SIGN_IN),
        (MAC.removesuffix(" Version/18.0 Safari/605.1.15"), Place.APPLE_SIGN_IN),
        (WEBVIEW, Place.ANDROID_SIGN_IN),
        (SAFARI, Place.IPHONE),
        (ANDROID, Place.ANDROID),
        (MAC, Place.COMPUTER),
        (WINDOWS, Place.COMPUTER),
        (LINUX, Place.COMPUTER),
        ("", Place.COMPUTER),
    ],
)
def test_places(agent: str, place: Place) -> None:
    """What a browser says of itself tells where files are kept."""
    assert place_of(agent) is place


async def claim_page(box: Box, agent: str = SAFARI) -> tuple[str, str]:
    """The address of a new claim's page, and the page."""
    (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
    path = f"/c/{copy.claim}"
    return path, await look(box, path, agent)


async def look(box: Box, path: str, agent: str = SAFARI) -> str:
    async with box.client.get(box.shop + path, headers={**PERSON, "User-Agent": agent}) as answer:
        assert answer.status == 200
        return await answer.text()


class TestOrder:
    @pytest.mark.parametrize("agent", [SAFARI, ANDROID, LINUX])
    async def test_browsers(self, box: Box, agent: str) -> None:
        """An ordinary browser gets the single files first: a phone shows a picture, but has to unpack an archive."""
        _, text = await claim_page(box, agent)
        assert text.index("01-pier.jpg?view=1") < text.index("all.zip")
        assert 'data-archive="page"' in text

    @pytest.mark.parametrize(
        ("agent", "advice"),
        [(WEBVIEW, "Stay in this window until it is done"), (IPHONE, "This window cannot keep files")],
    )
    async def test_sign_in_browsers(self, box: Box, agent: str, advice: str) -> None:
        """The sign-in browser gets the archive first, plain, and the one thing to do there."""
        _, text = await claim_page(box, agent)
        assert text.index("all.zip") < text.index("01-pier.jpg?view=1")
        assert advice in text
        assert 'data-archive="browser"' in text


async def test_sizes_and_times(box: Box) -> None:
    """Each file and the archive have their size and how long they take here."""
    _, text = await claim_page(box)
    assert re.search(r"200 kB · a few seconds", text)
    assert re.search(r"Download everything <span[^>]*>\d+ kB · a few seconds", text)


class TestUntil:
    async def test_a_good_clock(self, box: Box) -> None:
        """The page says until when, and for how long; a script puts the first on the phone's own clock."""
        _, text = await claim_page(box)
        assert re.search(r'until <b class="num"><time data-left="7\d\d\d">\d\d:\d\d</time></b>, for 1 h 59 min', text)

    async def test_a_clock_that_nobody_set(self, box: Box) -> None:
        """A box that does not know the time promises none."""
        box.clock.quality = Quality.NONE
        _, text = await claim_page(box)
        assert "<time" not in text
        assert "It is good for 1 h 59 min more." in text


async def test_progress(box: Box) -> None:
    """The page may ask how much of the files has gone out, which opens nothing; what came twice counts once."""
    path, _ = await claim_page(box)
    entries = box.stall.house.ledger.head.size
    assert await sent(box, path) == 0
    assert box.stall.house.ledger.head.size == entries
    for _ in range(2):
        async with box.client.get(f"{box.shop}{path}/files/notes.bin") as answer:
            await answer.read()
        assert await sent(box, path) == 200_000


async def sent(box: Box, path: str) -> int:
    async with box.client.get(f"{box.shop}{path}/progress", headers=PROGRAM) as answer:
        found = await answer.json()
    assert found["of"] > 200_000
    return int(found["sent"])


async def test_previews_wait_for_a_tap(box: Box) -> None:
    """What the creator shows stands on the claim as well, folded up, so that it costs no byte unasked."""
    _, text = await claim_page(box)
    folded = text[text.index("<details") :]
    assert "/drops/harbour-lights/files/look.jpg" in folded
    assert 'loading="lazy"' in folded


async def test_busy(box: Box) -> None:
    """While three others download, the page says so and its times allow for them; the buyer's own do not count."""
    (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
    claim = await box.stall.claims.find(copy.claim, "10.42.0.2")
    looker, pace = Looker("10.42.0.2", Place.IPHONE, box.clock()), Pace()
    quiet = claim_view(claim, looker, pace)
    with contextlib.ExitStack() as stack:
        for phone in ("10.42.0.2", "10.42.0.3", "10.42.0.4", "10.42.0.5"):
            stack.enter_context(pace.lane(phone))
        busy = claim_view(claim, looker, pace)
    assert (quiet["busy"], busy["busy"]) == (0, 3)
    assert busy["wait"] == pace.seconds(4 * claim.manifest.total, "10.42.0.2")


async def test_asking_for_progress_is_no_visit(box: Box) -> None:
    """What a page asks for by itself leaves no trace in the phone's timeline."""
    (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
    await sent(box, f"/c/{copy.claim}")
    assert Step.PAID not in box.visits.visit("127.0.0.1").timeline.moments
    await look(box, f"/c/{copy.claim}")
    assert box.visits.visit("127.0.0.1").timeline.moments[Step.PAID].count == 1
