"""The reader simulator against a box's counter on loopback."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web

from appliance.core import token
from appliance.errors import RequestError
from provisioning import reader
from provisioning.box_api import MAX_ANSWER, BoxRefusedError, BoxUnreachableError, connect, near
from provisioning.commands.reader import parse_pause
from provisioning.issue import Signer, read_offer
from provisioning.quickstart import Started
from tests.organizer import DAY, NOW
from tests.provisioning.conftest import Type
from tests.provisioning.issuers import counter_of, hire, serving, stall_of
from tests.web.served import running_box


@pytest.fixture
def signer(started: Started) -> Signer:
    return hire(started, "Reader 1", "reader", max_lifetime=DAY)


async def test_it_pays_for_what_the_box_offers(started: Started, signer: Signer, tmp_path: Path) -> None:
    """Each payment is a fresh sale with a number of its own, until there are none: then the refusal is told."""
    async with stall_of(started, tmp_path) as stall, counter_of(stall) as counter, connect(counter.url) as box:
        payments = [
            payment
            async for payment in reader.run(box, signer, ["harbour-lights"], now=lambda: NOW, every_s=0, count=11)
        ]
        answers = [payment.answer for payment in payments[:10]]
        assert {answer["tier"] for answer in answers if answer} == {"fresh"}
        assert {sale.number for sale in await stall.stock.sales()} == set(range(1, 11))
        refusal = payments[10].refusal
        assert isinstance(refusal, BoxRefusedError)
        assert (refusal.code, refusal.title) == ("sold-out", "Sold out on this box")


async def test_it_speaks_the_api_of_the_box(tmp_path: Path) -> None:
    """Offers, redemption and refusals of the box's own web face, not of a stand-in."""
    async with running_box(tmp_path) as shop, connect(shop.shop) as box:
        await shop.bring(shop.organizer.drop(size=2))
        assert shop.stall.catalogue.chain is not None
        signer = Signer(shop.stall.catalogue.chain.current.issuers[0], shop.organizer.issuer)
        run = reader.run(box, signer, ["harbour-lights"], now=lambda: NOW, every_s=0, count=3, price="download")
        *sold, refused = [payment async for payment in run]
        assert [payment.answer and payment.answer["tier"] for payment in sold] == ["fresh", "fresh"]
        assert refused.refusal is not None
        assert refused.refusal.code == "sold-out"


async def test_a_lost_answer_is_asked_for_again(started: Started, signer: Signer, tmp_path: Path) -> None:
    """Where the connection breaks after the sale, the same token is sent again and gives the same sale."""
    async with stall_of(started, tmp_path) as stall, counter_of(stall) as counter, connect(counter.url) as box:
        counter.answers_lost = 2
        issued = reader.accept(await reader.ask(box, "harbour-lights"), signer, NOW)
        answer = await reader.redeem(box, issued, pause_s=0.01)
        assert answer["again"]
        assert counter.redeemed == [issued.text] * 3
        assert len(await stall.stock.sales()) == 1


async def test_a_price_and_an_amount_are_asked_for(started: Started, signer: Signer, tmp_path: Path) -> None:
    """The offer is for the option and the amount that the reader names, and so is the sale."""
    async with stall_of(started, tmp_path) as stall, counter_of(stall) as counter, connect(counter.url) as box:
        payment = await reader.pay(box, signer, "harbour-lights", now=lambda: NOW, price="print", amount=2700)
        assert payment.issued is not None
        assert (payment.issued.token.price, payment.issued.token.amount) == ("print", 2700)
        (sale,) = await stall.stock.sales()
        assert (sale.price_title, sale.paid, sale.tip) == ("With signed print", 2700, 200)
        unknown = await reader.pay(box, signer, "harbour-lights", now=lambda: NOW, price="poster")
        assert (unknown.asked, unknown.refusal and unknown.refusal.code) == (None, "unknown-price")


async def test_an_offer_is_fetched_by_its_address(started: Started, signer: Signer, tmp_path: Path) -> None:
    """`issue --offer URL` asks the address as it is given."""
    async with stall_of(started, tmp_path) as stall, counter_of(stall) as counter, connect(counter.url) as box:
        url = f"{counter.url}/api/v1/offers/harbour-lights?price=print"
        assert read_offer(await box.offer_at(url)).offer.price == "print"


@pytest.mark.parametrize(
    "address",
    ["https://10.42.0.1", "http://example.com", "http://8.8.8.8/", "ftp://127.0.0.1", "10.42.0.1", "http://[::1", ""],
)
def test_only_boxes_nearby_are_asked(address: str) -> None:
    """Neither names nor addresses of the internet, and nothing but plain http."""
    with pytest.raises(RequestError) as refusal:
        near(address)
    assert refusal.value.code == "bad-request"


async def test_what_is_no_box_is_told_apart(tmp_path: Path) -> None:
    """Endless answers, other pages, redirects and silence are BoxUnreachableError, each with a sentence."""

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * MAX_ANSWER)

    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPFound("http://127.0.0.1:1/")

    async def page(_: web.Request) -> web.Response:
        return web.Response(status=404, text="<h1>Router</h1>")

    routes = [web.get(f"/{handler.__name__}", handler) for handler in (endless, elsewhere, page)]
    async with serving(routes) as url, connect(url) as box:
        for path in ("endless", "elsewhere", "page"):
            with pytest.raises(BoxUnreachableError):
                await box.offer_at(f"{url}/{path}")
    async with connect("http://127.0.0.1:1") as nobody:
        with pytest.raises(BoxUnreachableError) as refusal:
            await nobody.offer("harbour-lights")
    assert "No box answers at http://127.0.0.1:1" in refusal.value.detail


async def test_reader_as_it_is_typed(started: Started, signer: Signer, tmp_path: Path, type_: Type) -> None:
    """The command pays and tells each sale; with --show it leaves redeeming to the phone that scans."""
    async with stall_of(started, tmp_path) as stall, counter_of(stall) as counter:
        words = ("reader", "--box-url", counter.url, "--drop", "harbour-lights", "--every", "1ms")
        at = ("--workspace", started.workspace.folder)
        paid = await asyncio.to_thread(type_, *words, "--count", 2, "--json", *at)
        assert paid.exit_code == 0, paid.stderr
        assert [json.loads(line)["refused"] for line in paid.stdout.splitlines()] == [False, False]
        told = await asyncio.to_thread(type_, *words, "--count", 1, *at)
        assert told.stdout.startswith("harbour-lights #")
        shown = await asyncio.to_thread(type_, *words, "--show", *at)
        link = shown.stdout.splitlines()[-1]
        assert token.read(token.strip_link(link)).token.box == started.box.box.key.id
        assert len(await stall.stock.sales()) == 3
        refused = await asyncio.to_thread(type_, *words, "--price", "poster", "--count", 1, *at)
        assert (refused.exit_code, "no price option poster" in refused.stderr) == (1, True)


def test_pauses() -> None:
    """Lengths of time are read with their unit; anything else is refused."""
    assert [parse_pause(text) for text in ("2s", "500ms", "1min", "2", "0.5s")] == [2, 0.5, 60, 2, 0.5]
    for text in ("", "s", "-1s", "2h", "1e3"):
        with pytest.raises(RequestError):
            parse_pause(text)
