"""What the network's own programs say of phones, line by line, as facts: dnsmasq's log, and the list of stations by iw.

Pure. Knows their wording and nothing of who reads it; a line that says something else is no sighting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ADDRESS = r"(\d{1,3}(?:\.\d{1,3}){3})"
_HARDWARE = r"([0-9a-f]{2}(?::[0-9a-f]{2}){5})"
_LEASE = re.compile(rf"\S+ +\d+ [0-9:]+ dnsmasq-dhcp\[\d+\]: DHCPACK\(\S+\) {_ADDRESS} {_HARDWARE}(?: .*)?")
_QUERY = re.compile(rf"\S+ +\d+ [0-9:]+ dnsmasq\[\d+\]: query\[\S+\] (\S+) from {_ADDRESS}")
_STATION = re.compile(rf"^Station {_HARDWARE} \(on ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lease:
    """The phone with this hardware address was given this IP address, or has renewed it."""

    address: str
    hardware: str


@dataclass(frozen=True, slots=True)
class Query:
    """The phone at this IP address asked for a name, which is in lower case."""

    address: str
    name: str


def read_log(line: str) -> Lease | Query | None:
    """What a line of dnsmasq's log tells (`log-queries`; seen with 2.90); None where it tells nothing of a phone."""
    if lease := _LEASE.fullmatch(line):
        return Lease(lease[1], lease[2])
    if query := _QUERY.fullmatch(line):
        return Query(query[2], query[1].lower())
    return None


def read_stations(listed: str) -> frozenset[str]:
    """The hardware addresses in what `iw dev INTERFACE station dump` prints: the phones that are associated."""
    return frozenset(_STATION.findall(listed))
