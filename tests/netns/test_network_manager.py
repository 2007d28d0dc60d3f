"""NetworkManager's own judgement in a phone's place, with its stock address: portal or internet, and the default way.

Like a phone, it leaves the default way to mobile data for as long as the Wi-Fi has no internet.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from appliance.core.network import CAUGHT
from tests.box import CARD
from tests.netns import manager
from tests.netns.air import associated
from tests.netns.machines import Machine, machine, wire
from tests.netns.phones import PORT, PORTAL, Phone
from tests.netns.world import World

pytestmark = pytest.mark.netns

PROBE = "[connectivity]\nuri=http://nmcheck.gnome.org/check_network_status.txt\n"
MOBILE = "wwan0"
MOBILE_METRIC = "700"  # what NetworkManager gives a modem; the Wi-Fi has less, and plus 20000 without internet
READERS_SERVER = "203.0.113.9"
JUDGE = "nmcli networking connectivity check >/dev/null; nmcli --terse --fields DEVICE,IP4-CONNECTIVITY device"


@dataclass(frozen=True)
class Laptop:
    machine: Machine
    phone: Phone

    def join(self) -> None:
        """Joins the box's Wi-Fi."""
        self.connect("stall", PORT)
        lease = self.machine.run("nmcli", "--get-values", "IP4.ADDRESS", "device", "show", PORT)
        self.phone.told = {"ip": lease.partition("/")[0]}

    def connect(self, name: str, port: str, *settings: str) -> None:
        connection = ("type", "ethernet", "con-name", name, "ifname", port, "ipv6.method", "disabled")
        self.machine.run("nmcli", "connection", "add", "autoconnect", "no", *connection, *settings)
        self.machine.run("nmcli", "connection", "up", name)

    def comes_to_find(self, judgement: str) -> None:
        """Waits until NetworkManager says so of the Wi-Fi."""
        manager.wait_until(self.machine, f"{PORT}:{judgement}", "sh", "-euc", JUDGE)

    def default(self) -> str:
        """By which port it reaches the rest of the world."""
        (route,) = json.loads(self.machine.run("ip", "--json", "route", "get", READERS_SERVER))
        return str(route["dev"])


@pytest.fixture
def laptop(stall: World, tmp_path: Path) -> Iterator[Laptop]:
    """A laptop that is about to join."""
    with machine() as made, associated(stall.air, made, "laptop"):
        manager.start(made, tmp_path / "manager.log", PORT, MOBILE, more=PROBE)
        yield Laptop(made, Phone(made))


class Online(BaseHTTPRequestHandler):
    """What the probe's server says."""

    def do_GET(self) -> None:
        body = b"NetworkManager is online\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def mobile_data(laptop: Laptop) -> Iterator[None]:
    """The laptop has a modem as well, with internet.

    NetworkManager asks one DNS server for all its connections, so the internet has the probe's server where the box's
    DNS puts it.
    """
    with machine() as internet, wire(laptop.machine, MOBILE, internet, "mast"):
        for address in ("100.64.0.1/24", f"{READERS_SERVER}/32", f"{CAUGHT}/32"):
            internet.run("ip", "address", "add", address, "dev", "mast")
        server = internet.inside(lambda: ThreadingHTTPServer(("", 80), Online))
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        ways = ("ipv4.addresses", "100.64.0.2/24", "ipv4.gateway", "100.64.0.1", "ipv4.route-metric", MOBILE_METRIC)
        laptop.connect("modem", MOBILE, "ipv4.method", "manual", *ways)
        yield
        server.shutdown()
        serving.join()
        server.server_close()


def test_portal_then_internet(stall: World, laptop: Laptop) -> None:
    """It sees a portal, is led to the box's page, and after Continue it sees internet; the console says both."""
    laptop.join()
    laptop.comes_to_find("portal")
    assert "gnome: shown the way" in stall.seen(laptop.phone)
    url, page = laptop.phone.browse("http://nmcheck.gnome.org/check_network_status.txt", "")
    assert (url, page.status) == (PORTAL, 200)
    laptop.phone.ask(f"{PORTAL}/ok")
    laptop.comes_to_find("full")
    assert "gnome: told Success" in stall.seen(laptop.phone)


@pytest.mark.usefixtures("mobile_data")
class TestMobileData:
    def test_a_buyer(self, laptop: Laptop) -> None:
        """Until Continue mobile data stays the default way; after it the Wi-Fi is, where the shop's names lead home."""
        laptop.join()
        laptop.comes_to_find("portal")
        assert laptop.default() == MOBILE
        laptop.phone.ask(f"{PORTAL}/ok")
        laptop.comes_to_find("full")
        assert laptop.default() == PORT

    def test_the_owner(self, laptop: Laptop) -> None:
        """Once the console has paired it, mobile data is the default way again and stays it, whatever is tapped."""
        laptop.join()
        laptop.phone.ask(f"{PORTAL}/ok")
        laptop.comes_to_find("full")
        laptop.phone.pair(CARD)
        laptop.comes_to_find("portal")
        laptop.phone.ask(f"{PORTAL}/ok")
        laptop.comes_to_find("portal")
        assert laptop.default() == MOBILE
        assert laptop.phone.reaches(READERS_SERVER, 80)
