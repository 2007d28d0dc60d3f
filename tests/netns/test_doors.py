"""What a phone can reach: the box's doors and nothing else; what is shut says so at once."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from appliance.core.network import CAUGHT, ON_LINK
from tests.netns.machines import Machine, machine, wire
from tests.netns.phones import Phone
from tests.netns.world import World

pytestmark = pytest.mark.netns

AT_ONCE_S = 0.02  # the best of three, on a busy machine; a phone that is not told waits for seconds
SHUT = [(ON_LINK, 443), (CAUGHT, 443), (ON_LINK, 22), ("8.8.8.8", 443), ("8.8.8.8", 853), ("8.8.8.8", 80)]
OUTSIDE, UPLINK = "203.0.113.9", "203.0.113.1"


@pytest.fixture
def internet(stall: World) -> Iterator[Machine]:
    """The box has an uplink, forwards as its kernel can, and there is a server that knows the way back."""
    with machine() as outside, wire(stall.box, "uplink", outside, "eth0"):
        outside.run("ip", "address", "add", f"{OUTSIDE}/24", "dev", "eth0")
        outside.run("ip", "route", "add", "default", "via", UPLINK)
        stall.box.run("ip", "address", "add", f"{UPLINK}/24", "dev", "uplink")
        stall.box.run("ip", "route", "add", "default", "via", OUTSIDE)
        stall.box.forward()
        with outside.listening(80):
            yield outside


def refused_after(phone: Phone, address: str, port: int) -> float:
    """In how many seconds it is refused by a reset."""

    def once() -> float:
        begin = time.perf_counter()
        with pytest.raises(ConnectionRefusedError):
            phone.reaches(address, port)
        return time.perf_counter() - begin

    return min(once() for _ in range(3))


def told_off_after(phone: Phone, address: str) -> float:
    """In how many seconds an ICMP error ends a try with QUIC."""
    with phone.socket(socket.SOCK_DGRAM) as datagrams:
        datagrams.connect((address, 443))
        begin = time.perf_counter()
        datagrams.send(bytes(1200))
        with pytest.raises(OSError, match="No route to host"):
            datagrams.recv(1)
        return time.perf_counter() - begin


@pytest.mark.parametrize("address", [ON_LINK, CAUGHT])
def test_shop_and_console(phone: Phone, address: str) -> None:
    """Both are open at the box's own address and at the one that every name leads to."""
    assert phone.reaches(address, 80)
    assert phone.reaches(address, 8443)


@pytest.mark.parametrize(("address", "port"), SHUT)
def test_shut(stall: World, phone: Phone, address: str, port: int) -> None:
    """HTTPS, encrypted DNS and other services of the box are refused with a reset, even where something listens."""
    with stall.box.listening(443, 22):
        assert refused_after(phone, address, port) < AT_ONCE_S


@pytest.mark.parametrize("address", [ON_LINK, CAUGHT, "8.8.8.8"])
def test_quic(phone: Phone, address: str) -> None:
    """A browser that tries QUIC first is told to leave it."""
    assert min(told_off_after(phone, address) for _ in range(3)) < AT_ONCE_S


def test_mdns(phone: Phone) -> None:
    """Who answers a question by mDNS to the box alone is heard, and whoever else tries that port is told off."""
    for source, is_heard in ((5353, True), (5454, False)):
        with phone.socket(socket.SOCK_DGRAM) as datagrams:
            datagrams.bind((phone.address, source))
            datagrams.connect((ON_LINK, 5353))
            datagrams.send(bytes(12))
            with pytest.raises(TimeoutError if is_heard else OSError, match=None if is_heard else "No route to host"):
                datagrams.recv(1)


def test_an_address_of_another_network(stall: World, phone: Phone) -> None:
    """Who makes up addresses is not heard, even where the box knows the way back: it would note a phone for each."""
    invented = "10.7.0.9"
    phone.machine.run("ip", "address", "add", f"{invented}/32", "dev", "wlan0")
    stall.box.run("ip", "route", "add", invented, "via", phone.address)
    asks = ("dig", "-b", invented, "+time=1", "+tries=1", f"@{ON_LINK}", "captive.apple.com")
    assert phone.machine.call(*asks).returncode != 0
    with stall.without_rules():
        assert phone.machine.call(*asks).returncode == 0


def test_no_other_phone(stall: World) -> None:
    """Phones do not reach each other: the access point keeps them apart, and the box leads none to another."""
    one, other, _ = (phone.join() for phone in stall.phones)
    with other.machine.listening(80):
        with pytest.raises(OSError, match=r"timed out|No route to host"):
            one.reaches(other.address, 80)
        one.machine.run("ip", "route", "add", other.address, "via", ON_LINK)
        other.machine.run("ip", "route", "add", one.address, "via", ON_LINK)
        stall.box.forward()
        assert refused_after(one, other.address, 80) < AT_ONCE_S
        with stall.without_rules():
            assert one.reaches(other.address, 80)


@pytest.mark.usefixtures("internet")
class TestUplink:
    def test_not_past_the_box(self, stall: World, phone: Phone) -> None:
        """With an uplink and a kernel that forwards, no phone gets out; without the rules it would."""
        assert refused_after(phone, OUTSIDE, 80) < AT_ONCE_S
        assert phone.machine.call("busybox", "ping", "-c", "1", "-W", "1", OUTSIDE).returncode != 0
        with stall.without_rules():
            assert phone.reaches(OUTSIDE, 80)
            phone.machine.run("busybox", "ping", "-c", "1", "-W", "1", OUTSIDE)

    def test_not_to_the_box_s_other_side(self, stall: World, phone: Phone) -> None:
        """What the box offers to its uplink is not the buyers'."""
        with stall.box.listening(22):
            assert refused_after(phone, UPLINK, 22) < AT_ONCE_S
        assert refused_after(phone, UPLINK, 80) < AT_ONCE_S

    def test_no_stranger_reaches_a_phone(self, phone: Phone, internet: Machine) -> None:
        """Nor does anybody come in through the uplink."""
        stranger = Phone(internet)
        with phone.machine.listening(80), pytest.raises(TimeoutError):
            stranger.reaches(phone.address, 80)

    def test_names_stay_the_box_s(self, phone: Phone) -> None:
        """A phone that asks a DNS server on the internet is answered by the box."""
        (reply,) = phone.names("captive.apple.com", at=[f"@{OUTSIDE}"])
        assert reply.data == (CAUGHT,)
