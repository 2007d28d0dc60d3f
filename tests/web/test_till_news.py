"""News for the console: total, stock, faults and phones that want in, on every open console and at once."""

from __future__ import annotations

import asyncio
import re

from appliance.core.commands import InvitePhone
from appliance.core.scene import Stick, StickDoing
from appliance.core.status import Fault
from tests.box import CARD
from tests.web.clients import PERSON, PROGRAM
from tests.web.paying import get, post
from tests.web.served import Box
from tests.web.telling import Listener, listening, told

WITHIN_S = 1.0
NEWS = "/console/news"
OFFER = {"offer": "harbour-lights/download", "quantity": "1", "method": "cash"}


async def html(page: Listener, name: str) -> str:
    """What the next news put into this place."""
    drawn = (await page.value(WITHIN_S))["html"]
    assert isinstance(drawn, dict)
    return str(drawn[name])


async def test_two_consoles(box: Box) -> None:
    """Both hear of a sale within a second, in the words that the page itself uses; what is gone is named."""
    async with told(box), listening(box, NEWS) as one, listening(box, NEWS) as two:
        for page in (one, two):
            assert (await page.value())["said"] == {
                "today": "Nothing sold yet today",
                "harbour-lights": "10 of 10 left",
                "harbour-lights/download": "",
                "harbour-lights/print": "2 left",
            }
        await post(box, "/console/sell", {**OFFER, "offer": "harbour-lights/print", "quantity": "2"})
        for page in (one, two):
            news = await page.value(WITHIN_S)
            assert news["said"] == {
                "today": "Today 2 · €50.00",
                "harbour-lights": "8 of 10 left",
                "harbour-lights/download": "",
                "harbour-lights/print": "sold out",
            }
            assert news["gone"] == ["harbour-lights/print"]
    text = await get(box, "/console")
    for place, said in (("today", "Today 2 · €50.00"), ("harbour-lights/print", "sold out")):
        assert re.search(rf'data-said="{place}"[^>]*>{said}<', text)


async def test_in_the_console_s_language(box: Box) -> None:
    """The news are in the language of whoever listens: the very words of the page."""
    german = {**PERSON, "Accept-Language": "de"}
    async with box.client.get(f"{box.shop}/console", headers=german) as answer:
        shown = dict(re.findall(r'data-said="([^"]+)"[^>]*>([^<]*)<', await answer.text()))
    async with told(box), listening(box, NEWS, german) as page:
        assert (await page.value())["said"] == shown


async def test_a_phone_that_wants_in(box: Box) -> None:
    """It is seen at once on every console, and gone from all of them once one has answered."""
    await box.stall.phones.pair(CARD, "Ana’s phone", "here")
    async with told(box), listening(box, NEWS) as one, listening(box, NEWS) as two:
        for page in (one, two):
            assert await html(page, "asking") == ""
        await box.board.ask(InvitePhone())
        assert box.board.scene.invitation is not None
        code = box.board.scene.invitation.url.rpartition("/")[2]
        box.stall.invitations.ask(code, "Ben’s <b>phone", "10.42.0.9")
        (asking,) = box.stall.invitations.asking()
        for page in (one, two):
            drawn = await html(page, "asking")
            assert f"number {asking.number}" in drawn
            assert "Ben’s &lt;b&gt;phone" in drawn
        await post(box, "/console/invite/answer", {"number": str(asking.number), "answer": "refuse"}, 303)
        for page in (one, two):
            assert await html(page, "asking") == ""


async def test_a_fault(box: Box) -> None:
    """What goes wrong while the page is open is told on it."""
    async with told(box), listening(box, NEWS) as page:
        assert await html(page, "faults") == ""
        box.stall.house.note("disk", Fault("disk", "The card is nearly full."))
        box.stall.house.ledger.on_commit()
        assert "The card is nearly full." in await html(page, "faults")


async def test_a_stick(box: Box) -> None:
    """How far a stick is read is told on the box’s page, and what can be done with it once it is read."""
    async with told(box), listening(box, NEWS) as page:
        assert "No stick is in." in await html(page, "stick")
        box.board.change(stick=Stick(StickDoing.READING, "Harbour Lights", 300_000, 900_000))
        drawn = await html(page, "stick")
        assert "300 kB of 900 kB" in drawn
        assert "Write sales" not in drawn
        box.board.change(stick=Stick(StickDoing.SAFE))
        drawn = await html(page, "stick")
        assert "Write sales" in drawn
        assert drawn in await get(box, "/console/box")


async def test_strangers(box: Box) -> None:
    """Who is not paired is told nothing."""
    async with box.client.get(f"{box.console}{NEWS}", headers=PROGRAM) as answer:
        assert (answer.status, (await answer.json())["code"]) == (403, "unpaired")


async def test_the_same_form_twice_at_once(box: Box) -> None:
    """Two taps whose requests run at the same time sell one copy, and both show its number."""
    key = re.findall(r'name="key" value="([^"]+)"', await get(box, "/console"))[0]
    pages = await asyncio.gather(*(post(box, "/console/sell", {**OFFER, "key": key}) for _ in range(8)))
    assert len({re.findall(r'class="pickup">(\d+)', page)[0] for page in pages}) == 1
    assert len(await box.stall.stock.sales()) == 1


async def test_everybody_at_once(box: Box) -> None:
    """Two buyers, two stall owners who both sell, and a display: within a second of the last of many sales each is told
    the same, and the display has the picture that one opened now would show."""
    async with (
        told(box),
        listening(box, "/news") as ben,
        listening(box, "/news") as cleo,
        listening(box, NEWS) as ana,
        listening(box, NEWS) as dan,
        listening(box, "/display/news") as display,
    ):
        await display.next()
        await asyncio.gather(*(post(box, "/console/sell", {**OFFER, "quantity": str(n)}) for n in (1, 2, 1, 3)))
        async with asyncio.timeout(WITHIN_S):
            for page in (ben, cleo, ana, dan):
                await page.until('"3 of 10 left"')
            async with listening(box, "/display/news") as late:
                await display.until((await late.next())[1])
