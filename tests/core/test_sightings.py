"""What dnsmasq and iw say of phones, read out of lines as they write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.sightings import Lease, Query, read_log, read_stations

HEAD = "Nov 23 13:44:48"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        (
            f"{HEAD} dnsmasq-dhcp[352]: DHCPACK(wlan0) 10.42.0.171 16:9c:4a:f3:a7:df Pixel-9",
            Lease("10.42.0.171", "16:9c:4a:f3:a7:df"),
        ),
        (
            "Nov  3 03:04:08 dnsmasq-dhcp[2]: DHCPACK(eth0) 10.42.0.10 16:9c:4a:f3:a7:df",
            Lease("10.42.0.10", "16:9c:4a:f3:a7:df"),
        ),
        (f"{HEAD} dnsmasq[352]: query[AAAA] Example.COM from 10.42.0.57", Query("10.42.0.57", "example.com")),
        (f"{HEAD} dnsmasq[352]: query[type=65] example.com from 10.42.0.57", Query("10.42.0.57", "example.com")),
        (f"{HEAD} dnsmasq[352]: config example.com is 198.51.100.1", None),
        (f"{HEAD} dnsmasq-dhcp[352]: DHCPDISCOVER(wlan0) 16:9c:4a:f3:a7:df", None),
        (f"{HEAD} dnsmasq-dhcp[352]: DHCPNAK(wlan0) 10.42.0.171 16:9c:4a:f3:a7:df wrong network", None),
        (f"{HEAD} dnsmasq[352]: overflow: 12 log entries lost", None),
        ("", None),
    ],
)
def test_lines(line: str, seen: Lease | Query | None) -> None:
    """Leases that were given and names that were asked for; all other lines say nothing."""
    assert read_log(line) == seen


@given(st.text())
def test_any_name_stays_one_name(name: str) -> None:
    """Whatever a phone calls itself or asks for, it cannot speak for another phone."""
    lease = read_log(f"{HEAD} dnsmasq-dhcp[352]: DHCPACK(wlan0) 10.42.0.171 16:9c:4a:f3:a7:df {name}")
    assert lease in {None, Lease("10.42.0.171", "16:9c:4a:f3:a7:df")}
    query = read_log(f"{HEAD} dnsmasq[352]: query[A] {name} from 10.42.0.57")
    assert query is None or query == Query("10.42.0.57", name.lower())


def test_stations() -> None:
    """Each associated phone once; an empty list is nobody."""
    listed = "Station 3c:2e:f9:01:02:03 (on wlan0)\n\tinactive time:\t10 ms\n\tconnected time:\t3 seconds\n"
    assert read_stations(listed + listed.replace(":03 ", ":04 ")) == {"3c:2e:f9:01:02:03", "3c:2e:f9:01:02:04"}
    assert read_stations("") == frozenset()
