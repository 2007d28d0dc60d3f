"""The console's page of phones, and how the portal learns which phones are paired."""

from __future__ import annotations

from appliance.core.probes import Event, System
from appliance.core.sale import Order
from appliance.core.status import Seats
from appliance.core.timeline import Step
from tests.box import CARD
from tests.web.clients import PERSON
from tests.web.phone import WISPR, joined
from tests.web.served import Box

APPLE = "http://captive.apple.com/hotspot-detect.html"


async def page(box: Box) -> str:
    async with box.client.get(f"{box.shop}/console/phones", headers=PERSON) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_none(box: Box) -> None:
    """Before any phone came, the page says what the two codes are for."""
    assert "No phone has been seen" in await page(box)


async def test_who_stopped_where(box: Box) -> None:
    """Each phone with its system, its steps, and what helps where it stopped; the stall owner's needs no help."""
    now = round(box.visits.clock())  # a whole number: 240 s later is 240 s, whatever the machine has run
    box.visits.clock = lambda: now
    box.visits.note("10.42.0.57", Step.PROBE, "android: shown the way")
    box.visits.happened("10.42.0.57", Event.SHOWN, System.ANDROID)
    box.visits.note("10.42.0.60", Step.PROBE, "apple: told Success")
    await box.visits.pair("10.42.0.60")
    box.visits.clock = lambda: now + 240
    text = await page(box)
    for words in ("Android", "10.42.0.57", "Looked for internet", "4 min ago", "sign-in notice was not tapped"):
        assert words in text
    assert text.count('class="note"') == 1
    assert "it keeps its mobile data" in text


async def test_the_phone_of_a_sale(box: Box) -> None:
    """From a sale the help leads to the phone that opened its copy, first and named; before, it says that none has."""
    first, second = [(await box.stall.seller.sell(Order("harbour-lights")))[0] for _ in range(2)]
    help_first, help_second = [f"{box.shop}/console/phones?sale={copy.sale}" for copy in (first, second)]
    async with joined(box) as phone:
        await phone.ask(f"http://10.42.0.1/c/{first.claim}", Accept="text/html")
        left = box.visits.visit(phone.address).timeline.moments[Step.PAID].what
    assert left == "#1 Harbour Lights"
    box.visits.note("10.42.0.60", Step.PAID, left)  # a phone elsewhere: this machine's own are not listed
    box.visits.note("10.42.0.57", Step.PAGE)
    async with box.client.get(help_first, headers=PERSON) as answer:
        text = await answer.text()
    assert text.index('class="chip">#1 Harbour Lights<') < text.index("10.42.0.57")
    async with box.client.get(help_second, headers=PERSON) as answer:
        assert "No phone has opened #2 Harbour Lights yet." in await answer.text()


async def test_seats(box: Box) -> None:
    """How many places are taken stands above the phones, where the box's own radio tells."""
    assert "on the Wi-Fi are taken" not in await page(box)
    box.stall.house.seats = Seats(7, 19)
    assert "7 of 19 places on the Wi-Fi are taken." in await page(box)
    box.stall.house.seats = Seats(1, None)
    assert "1 phone is on the Wi-Fi." in await page(box)


async def test_only_for_the_stall(box: Box) -> None:
    """Buyers do not see each other."""
    async with joined(box) as phone:
        answer = await phone.ask("http://10.42.0.1/console/phones", Accept="application/json")
        assert answer.status == 403


async def test_the_console_makes_it_the_stall_owners(box: Box) -> None:
    """The address that a paired phone's console comes from is no buyer's from then on; a stranger's is."""
    headers = {**PERSON, "Origin": box.console}
    form = {"card": CARD, "name": "Ana"}
    async with box.client.post(
        f"{box.console}/console/pair", data=form, headers=headers, allow_redirects=False
    ) as paired:
        cookie = paired.headers["Set-Cookie"].partition(";")[0]
    headers = {"Host": "captive.apple.com", "User-Agent": WISPR}
    for sent, wanted in (("", 200), ("__Host-stallbox=wrong", 200), (cookie, 302)):
        async with box.client.get(f"{box.console}/console", headers={**PERSON, "Cookie": sent}) as answer:
            await answer.read()
        async with box.client.get(f"{box.shop}/hotspot-detect.html", headers=headers, allow_redirects=False) as answer:
            assert answer.status == wanted
