"""The Captive Portal API: RFC 8908 under the box's own name, and silence without a certificate."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.core.probes import Event, System
from appliance.core.timeline import Step
from provisioning.doctor.verdict import Answer
from tests.web.phone import ANDROID_PROBE, IPHONE, PORTAL, WISPR, lower
from tests.web.served import PUBLIC, Box, running_box

NAME = "stall-7.example.org"
API = "/captive-portal/api"
JSON = "application/captive+json"


@dataclass
class Named:
    """A box with a name of its own; `certified` is whether it holds a certificate for it now."""

    box: Box
    certified: list[bool] = field(default_factory=lambda: [True])

    async def ask(self, path: str = API, agent: str = "", accept: str = JSON, host: str = NAME) -> Answer:
        headers = {"Host": f"{host}:8443", "User-Agent": agent, "Accept": accept}
        async with self.box.client.get(self.box.console + path, headers=headers, allow_redirects=False) as answer:
            return Answer(answer.status, lower(answer.headers), await answer.read())

    async def captive(self, agent: str = "") -> bool:
        found = json.loads((await self.ask(agent=agent)).body)
        assert isinstance(found["captive"], bool)
        return found["captive"]


@pytest.fixture
async def named(tmp_path: Path) -> AsyncIterator[Named]:
    certified = [True]
    more = f'[portal]\nname = "{NAME}"'
    async with running_box(tmp_path, more=more, is_certified=lambda: certified[-1]) as box:
        yield Named(box, certified)


async def test_captive(named: Named) -> None:
    """What Android's reader demands: 200, the type, UTF-8, few bytes, a boolean, and an HTTPS address of the portal."""
    answer = await named.ask(agent=ANDROID_PROBE)
    assert (answer.status, answer.headers["content-type"]) == (200, JSON)
    assert answer.headers["cache-control"] == "no-store"
    assert "Accept" in answer.headers["vary"]
    assert answer.length == len(answer.body) < 4096
    assert json.loads(answer.body) == {"captive": True, "user-portal-url": f"https://{NAME}:8443/captive-portal"}


async def test_the_portals_https_address(named: Named) -> None:
    """It leads on to the portal itself."""
    answer = await named.ask("/captive-portal", accept="text/html")
    assert (answer.status, answer.headers["location"]) == (302, PORTAL)


async def test_its_question_is_seen(named: Named) -> None:
    """A phone that asks the API and nothing else has looked for internet: its timeline says so."""
    await named.ask(agent=ANDROID_PROBE)
    visit = named.box.visits.visit("127.0.0.1")
    assert visit.phone.system is None, "an Android calls itself Linux here"
    assert visit.timeline.furthest is Step.PROBE
    assert visit.timeline.moments[Step.PROBE].what == "api: captive"


@pytest.mark.parametrize("accept", ["text/html,*/*;q=0.8", "application/json", "*/*", ""])
async def test_negotiation(named: Named, accept: str) -> None:
    """A browser, and whoever does not ask for the API's own type, is sent to the portal."""
    answer = await named.ask(accept=accept)
    assert (answer.status, answer.headers["location"]) == (302, PORTAL)
    assert "Accept" in answer.headers["vary"]


async def test_it_says_what_probes_are_told(named: Named) -> None:
    """Captive until accepted; a quiet iPhone is not, an Android is for ever, and so is the stall owner's phone."""
    assert await named.captive()
    assert not await named.captive(WISPR)
    named.box.visits.happened("127.0.0.1", Event.ACCEPTED, System.WINDOWS)
    assert not await named.captive()
    named.box.visits.happened("127.0.0.1", Event.OPENED, System.ANDROID)
    assert await named.captive()
    await named.box.visits.pair("127.0.0.1")
    assert await named.captive(WISPR)


async def test_without_a_certificate(named: Named) -> None:
    """Without one, and from its end on, it is as if there were no API: the name is any other name."""
    named.certified.append(False)
    for path in (API, "/captive-portal"):
        answer = await named.ask(path)
        assert (answer.status, answer.headers["location"]) == (302, f"https://{PUBLIC}:8443/console")


async def test_under_other_names(named: Named) -> None:
    """Only the certificate's name has the API; on the address it is nothing, over plain HTTP neither."""
    assert (await named.ask(host=PUBLIC)).status == 404
    assert (await named.ask(host="other.example")).status == 302
    headers = {"Host": PUBLIC, "Accept": JSON}
    async with named.box.client.get(named.box.shop + API, headers=headers) as answer:
        assert answer.status == 404


async def test_the_console_is_not_under_that_name(named: Named) -> None:
    """All else under the name leads to the console's usual address, whose certificate the paired phones know."""
    answer = await named.ask("/console", IPHONE, "text/html")
    assert (answer.status, answer.headers["location"]) == (302, f"https://{PUBLIC}:8443/console")


async def test_a_box_without_a_name(box: Box) -> None:
    """Most boxes have none and no API."""
    headers = {"Host": PUBLIC, "Accept": JSON}
    async with box.client.get(box.console + API, headers=headers) as answer:
        assert answer.status == 404
