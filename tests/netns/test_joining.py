"""From the Wi-Fi's name to the first byte: the lease, and what every name leads to."""

from __future__ import annotations

import json
import re

import pytest

from appliance.core.network import CAUGHT, ON_LINK
from appliance.core.probes import PROBES
from tests.netns.phones import Phone
from tests.netns.world import NAME, World

pytestmark = pytest.mark.netns

HOSTS = sorted({host for probe in PROBES for host in probe.hosts + probe.sites})
ELSEWHERE = [("@8.8.8.8",), ("@1.1.1.1", "+tcp"), (f"@{CAUGHT}",)]


def test_lease(phone: Phone) -> None:
    """A phone gets an address for 15 minutes, the way out, a DNS server, and takes them as they are."""
    assert re.fullmatch(r"10\.42\.0\.\d+", phone.address)
    assert (phone.told["lease"], phone.told["router"], phone.told["dns"]) == ("900", ON_LINK, ON_LINK)
    assert f"default via {ON_LINK}" in phone.machine.run("ip", "-4", "route")
    assert f"nameserver {ON_LINK}" in phone.machine.run("cat", "/etc/resolv.conf")


def test_three_phones(stall: World) -> None:
    """Phones that join at the same stall have addresses of their own."""
    assert len({phone.join().address for phone in stall.phones}) == 3


def test_every_probe_leads_to_the_box(phone: Phone) -> None:
    """The names that phones ask for lead to one public address, to be forgotten after 5 s."""
    for reply in phone.names(*HOSTS, "www.example.com", "a.b.c.example"):
        assert (reply.status, reply.data) == ("NOERROR", (CAUGHT,))
        assert max(reply.ttls) <= 5


def test_names_apart(phone: Phone) -> None:
    """The box's own name leads to its address on the link, and Windows finds the answer that it knows."""
    own, windows = phone.names(NAME, "dns.msftncsi.com")
    assert own.data == (ON_LINK,)
    assert windows.data == ("131.107.255.255",)


def test_canaries(phone: Phone) -> None:
    """Names whose absence makes phones ask the box and nobody else do not exist."""
    absent = ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com", "_dns.resolver.arpa", "wpad")
    assert {reply.status for reply in phone.names(*absent)} == {"NXDOMAIN"}


@pytest.mark.parametrize("kind", ["AAAA", "HTTPS"])
def test_no_other_kind_of_address(phone: Phone, kind: str) -> None:
    """Names exist but have no address of IPv6 and no HTTPS record: a phone falls back without waiting."""
    for reply in phone.names("captive.apple.com", "dns.msftncsi.com", NAME, kind=kind):
        assert (reply.status, reply.data) == ("NOERROR", ())


@pytest.mark.parametrize("server", ELSEWHERE, ids=" ".join)
def test_a_dns_server_elsewhere(phone: Phone, server: tuple[str, ...]) -> None:
    """A phone with a DNS server of its own set is answered by the box all the same."""
    probe, absent = phone.names("connectivitycheck.gstatic.com", "mask.icloud.com", at=server)
    assert (probe.data, absent.status) == ((CAUGHT,), "NXDOMAIN")


def test_while_the_daemon_is_away(stall: World, phone: Phone) -> None:
    """Names are answered and addresses given, though nobody reads the log of it for a while."""
    stall.daemon.kill()
    try:
        replies = phone.names(*(f"{number}.example.com" for number in range(1000)))
        assert {reply.data for reply in replies} == {(CAUGHT,)}
        assert len(replies) == 1000
        assert phone.join().address
    finally:
        stall.restart()


def test_the_portals_api(stall: World, phone: Phone) -> None:
    """A box with a certificate for its name tells phones of its API, which they can check; one without does not."""
    if not stall.setting.is_certified:
        assert "opt114" not in phone.told
        return
    url = bytes.fromhex(phone.told["opt114"]).decode()
    trusting = ("--cacert", str(stall.daemon.data / "keys" / "portal.pem"))
    answer = phone.ask(url, "", *trusting, "--header", "Accept: application/captive+json")
    state = json.loads(answer.body)
    assert state == {"captive": True, "user-portal-url": f"https://{NAME}:8443/captive-portal"}
    assert phone.browse(state["user-portal-url"], "", *trusting)[0] == f"http://{ON_LINK}/captive-portal"
