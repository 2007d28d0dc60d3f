"""What each system makes of the box: its own probe, asked by name through the box's DNS, and read as it reads it."""

from __future__ import annotations

import asyncio

import pytest

from appliance import settings as settings_file
from appliance.core.network import ON_LINK
from appliance.core.probes import PROBES, Apple, Probe
from provisioning.doctor.phones import PAGE_AGENTS, replay
from provisioning.doctor.verdict import Verdict
from tests.netns.phones import PORTAL, Phone, address
from tests.netns.world import World

pytestmark = pytest.mark.netns

STAYS = (Verdict.SIGN_IN, Verdict.SIGN_IN)
GOES_ON = (Verdict.SIGN_IN, Verdict.INTERNET)
WANTED = {
    "android": STAYS,
    "fireos": STAYS,
    "windows": GOES_ON,
    "windows-8": GOES_ON,
    "windows-browser": STAYS,
    "firefox": GOES_ON,
    "firefox-text": GOES_ON,
    "gnome": GOES_ON,
    "debian": GOES_ON,
    "ubuntu": GOES_ON,
    "kde": GOES_ON,
}
APPLE = {Apple.QUIET: (Verdict.INTERNET, Verdict.INTERNET), Apple.POPUP: GOES_ON}


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_sequence(stall: World, phone: Phone, probe: Probe) -> None:
    """Probe, portal, Continue, probe: each system is shown the way, and told of internet when that serves its buyer."""
    first = phone.finds(probe)
    for page in (PORTAL, f"{PORTAL}/ok"):
        assert phone.browse(page, PAGE_AGENTS[probe.system])[1].status == 200
    assert (first, phone.finds(probe)) == {**WANTED, "apple": APPLE[stall.setting.apple]}[probe.name]


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_the_way(phone: Phone, probe: Probe) -> None:
    """A browser that opens its system's probe ends up at a page of the box, or at that system's own Success."""
    url, page = phone.browse(address(probe), PAGE_AGENTS[probe.system])
    assert page.status == 200
    assert url == PORTAL or b"Success" in page.body


def test_any_other_name(phone: Phone) -> None:
    """Whatever a person types into the address field shows them the shop."""
    url, page = phone.browse("http://www.example.com/some/page?q=1", "")
    assert (url, page.status) == (f"http://{ON_LINK}/", 200)


def test_doctor(stall: World) -> None:
    """`stallbox doctor --phones`, which asks at the box itself, finds no fault either."""
    settings = settings_file.parse((stall.daemon.data / "stallbox.toml").read_text())
    rows = stall.box.inside(lambda: asyncio.run(replay(settings)))
    assert [row.fault for row in rows] == [None] * len(PROBES)
