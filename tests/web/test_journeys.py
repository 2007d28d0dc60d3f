"""How phones get from joining to their files, each as its system does it: probe, window, number, download."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.probes import System
from appliance.core.sale import Order
from appliance.core.timeline import Step
from appliance.stall.copies import Sold
from provisioning.doctor.verdict import Verdict, verdict
from tests.web.conftest import harbour
from tests.web.phone import ANDROID, ANDROID_PROBE, IPHONE, LINUX, PORTAL, SHOP, WINDOWS, WISPR, Phone, joined
from tests.web.served import Box, running_box

APPLE = "http://captive.apple.com/hotspot-detect.html"
GSTATIC = "http://connectivitycheck.gstatic.com/generate_204"
NCSI = "http://www.msftconnecttest.com/connecttest.txt"
FIREFOX = "http://detectportal.firefox.com/canonical.html"
GNOME = "http://nmcheck.gnome.org/check_network_status.txt"


@pytest.fixture
async def popup(tmp_path: Path) -> AsyncIterator[Box]:
    """A box whose stall lets Apple's sheet open."""
    async with running_box(tmp_path, more='[portal]\napple = "popup"') as running:
        await running.bring(harbour(running.organizer))
        yield running


async def sold(box: Box) -> Sold:
    (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
    return copy


async def finds(phone: Phone, system: System, url: str, agent: str = "") -> Verdict:
    """What the phone concludes from its probe."""
    return verdict(system, await phone.ask(url, agent))


def link(page: bytes, words: str) -> str:
    """Where the link or button with these words leads."""
    found = re.search(rf'href="([^"]+)"[^>]*>{words}', page.decode())
    assert found is not None, f"no link “{words}”"
    return found[1] if "://" in found[1] else SHOP + found[1]


def steps(box: Box, phone: Phone) -> list[Step]:
    return [step for step, _ in box.visits.visit(phone.address).timeline.steps]


async def delivered(box: Box, phone: Phone) -> None:
    """The last byte is at the phone before the box has noted that it is."""
    async with asyncio.timeout(5):
        while Step.DELIVERED not in steps(box, phone):
            await asyncio.sleep(0.01)


class TestAndroid:
    async def test_buys_inside_its_sign_in_browser(self, box: Box) -> None:
        """The window opens on the number's field; number, claim and both GETs of the download need no cookie."""
        copy = await sold(box)
        async with joined(box) as phone:
            assert await finds(phone, System.ANDROID, GSTATIC, ANDROID_PROBE) is Verdict.SIGN_IN
            url, page = await phone.browse(GSTATIC, ANDROID)
            assert (url, page.status) == (PORTAL, 200)
            assert b'action="/pickup"' in page.body
            assert b"Stay in this window" in page.body
            assert "set-cookie" not in page.headers
            claim, page = await phone.browse(await phone.type_number(copy.pickup or "", ANDROID), ANDROID)
            archive = link(page.body, "Download everything")
            assert b"choose Keep" in page.body, "what Chrome asks of a download by plain HTTP"
            sizes = [len((await phone.ask(archive, ANDROID)).body) for _ in range(2)]
            assert sizes[0] == sizes[1] > 0
            assert "Range" not in page.headers
            await delivered(box, phone)
            assert b"Done: everything has gone out" in (await phone.ask(claim, ANDROID)).body

    async def test_the_window_stays_open(self, box: Box) -> None:
        """While it looks again every few seconds, Android is told to sign in, never 204, whatever its person taps."""
        copy = await sold(box)
        async with joined(box) as phone:
            for url in (PORTAL, f"{PORTAL}/ok", f"{SHOP}/", f"{SHOP}/c/{copy.claim}", f"{SHOP}/c/{copy.claim}/all.zip"):
                await phone.browse(url, ANDROID)
                for probe in (GSTATIC, "http://www.google.com/gen_204", "http://play.googleapis.com/generate_204"):
                    assert await finds(phone, System.ANDROID, probe, ANDROID_PROBE) is Verdict.SIGN_IN

    async def test_first_get_broken_off(self, box: Box) -> None:
        """The window's own GET is broken off and the download service's begins anew, from byte 0: it gets the whole."""
        copy = await sold(box)
        url = f"{SHOP}/c/{copy.claim}/files/notes.bin"
        async with joined(box) as phone:
            async with phone._session.get(box.shop + url.removeprefix(SHOP), headers={"Host": "10.42.0.1"}) as answer:
                await answer.content.readexactly(1000)
                answer.close()
            again = await phone.ask(url, ANDROID)
            assert (again.status, again.length) == (200, 200_000)
            assert hashlib.sha256(again.body).digest() == hashlib.sha256(bytes(200_000)).digest()

    async def test_its_timeline(self, box: Box) -> None:
        """The console sees probe, page, paid and delivered, and what the phone is."""
        copy = await sold(box)
        async with joined(box) as phone:
            await phone.ask(GSTATIC, ANDROID_PROBE)
            assert steps(box, phone) == [Step.PROBE]
            await phone.browse(PORTAL, ANDROID)
            assert steps(box, phone) == [Step.PROBE, Step.PAGE]
            await phone.browse(f"{SHOP}/c/{copy.claim}", ANDROID)
            await phone.ask(f"{SHOP}/c/{copy.claim}/files/01-pier.jpg", ANDROID)
            assert steps(box, phone) == [Step.PROBE, Step.PAGE, Step.PAID]
            await phone.ask(f"{SHOP}/c/{copy.claim}/all.zip", ANDROID)
            await delivered(box, phone)
            assert steps(box, phone) == [Step.PROBE, Step.PAGE, Step.PAID, Step.DELIVERED]
            assert box.visits.phone(phone.address).system is System.ANDROID


class TestApple:
    async def test_quiet(self, box: Box) -> None:
        """It finds internet at once, no sheet opens, and Safari opens the second code and downloads."""
        copy = await sold(box)
        async with joined(box) as phone:
            assert await finds(phone, System.APPLE, APPLE, WISPR) is Verdict.INTERNET
            assert (await phone.browse(f"{SHOP}/", IPHONE))[1].status == 200
            claim = await phone.type_number(copy.pickup or "", IPHONE)
            _, page = await phone.browse(claim, IPHONE)
            assert (await phone.ask(link(page.body, "Download everything"), IPHONE)).status == 200
            assert await finds(phone, System.APPLE, APPLE, WISPR) is Verdict.INTERNET

    async def test_popup(self, popup: Box) -> None:
        """The sheet opens on a page without downloads; Continue is a navigation, after which it finds internet."""
        async with joined(popup) as phone:
            assert await finds(phone, System.APPLE, APPLE, WISPR) is Verdict.SIGN_IN
            url, page = await phone.browse(APPLE, WISPR)
            assert (url, page.status) == (PORTAL, 200), "its helper follows us to our page and is not led in circles"
            url, page = await phone.browse(APPLE, IPHONE)
            assert b"<form" not in page.body
            assert b"<script" not in page.body
            assert await finds(phone, System.APPLE, APPLE, WISPR) is Verdict.SIGN_IN, "looking is not accepting"
            url, page = await phone.browse(link(page.body, "Continue"), IPHONE)
            assert page.status == 200
            assert await finds(phone, System.APPLE, APPLE, WISPR) is Verdict.INTERNET
            assert (await phone.browse(link(page.body, "Open the shop"), IPHONE))[1].status == 200

    async def test_the_stall_owners(self, box: Box) -> None:
        """Paired by its console, it keeps its mobile data: no Success even where all others get it at once."""
        async with joined(box) as phone:
            assert await finds(phone, System.APPLE, APPLE, WISPR) is Verdict.INTERNET
            await box.visits.pair(phone.address)
            assert await finds(phone, System.APPLE, APPLE, WISPR) is Verdict.SIGN_IN
            _, page = await phone.browse(APPLE, IPHONE)
            assert "the stall’s own phone" in page.body.decode()
            assert b"/console" in page.body
            await phone.browse(f"{PORTAL}/ok", IPHONE)
            assert await finds(phone, System.APPLE, APPLE, WISPR) is Verdict.SIGN_IN


class TestLaptops:
    async def test_windows(self, box: Box) -> None:
        """Windows finds a portal, opens its browser, buys there; Continue ends its asking and leads to the shop."""
        async with joined(box) as phone:
            assert await finds(phone, System.WINDOWS, NCSI, "Microsoft NCSI") is Verdict.SIGN_IN
            url, page = await phone.browse("http://www.msftconnecttest.com/redirect", WINDOWS)
            assert url == PORTAL
            url, page = await phone.browse(link(page.body, "Continue"), WINDOWS)
            assert (url, page.status) == (f"{SHOP}/", 200)
            assert b'action="/pickup"' in page.body
            assert await finds(phone, System.WINDOWS, NCSI, "Microsoft NCSI") is Verdict.INTERNET

    @pytest.mark.parametrize(("system", "probe"), [(System.FIREFOX, FIREFOX), (System.LINUX, GNOME)])
    async def test_firefox_and_network_manager(self, box: Box, system: System, probe: str) -> None:
        """Both find a portal, show their window or bar, and find internet after Continue."""
        async with joined(box) as phone:
            assert await finds(phone, system, probe) is Verdict.SIGN_IN
            url, page = await phone.browse(probe, LINUX)
            assert url == PORTAL
            _, page = await phone.browse(link(page.body, "Continue"), LINUX)
            assert await finds(phone, system, probe) is Verdict.INTERNET
            assert (await phone.browse(link(page.body, "Open the shop"), LINUX))[1].status == 200


async def test_pages_are_small(box: Box) -> None:
    """The portal's pages are plain HTML below 10 KB, without a script or a file field: each of those breaks a sheet."""
    async with joined(box) as phone:
        for agent in (ANDROID, IPHONE, WINDOWS, LINUX, ""):
            for url in (PORTAL, f"{PORTAL}/ok"):
                answer = await phone.ask(url, agent, Accept="text/html")
                assert len(answer.body) < 10_000
                assert b"<script" not in answer.body
                assert b'type="file"' not in answer.body
