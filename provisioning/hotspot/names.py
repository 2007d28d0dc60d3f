"""dnsmasq's part: every name leads to the box, and phones get an address at once.

NetworkManager starts dnsmasq for the shared connection, with the addresses from .10 to .254 and a lease of an hour.
"""

from __future__ import annotations

from appliance.core.network import CAUGHT, ON_LINK

PATH = "etc/NetworkManager/dnsmasq-shared.d/stallbox.conf"

TTL_S = 5  # a phone that leaves must soon forget what it was told here
LEASE = "15m"
PIPE = "run/stallbox-phones"
"""Held by systemd for the box, which learns from it which phones are there (`stallbox-phones.socket`)."""

_WINDOWS = ("dns.msftncsi.com", "131.107.255.255")  # what Windows knows the answer to

# Answered as not existing: Firefox then asks us and not a server on the web, iPhones leave Private Relay aside for this
# network, no phone looks for an encrypted resolver (RFC 9462), and Windows takes no proxy from us.
_ABSENT = ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com", "resolver.arpa", "wpad")


def render(name: str | None, api: str | None, *, watched: bool) -> str:
    """The drop-in file. `name`: the box's own. `api`: the address of the portal's API (RFC 8908), where it has one.

    `watched`: whether the pipe for the log is there; where it is not, dnsmasq would make a file that grows.
    """
    sections = [_answers(name), _leases(), _announced(api) if api else "", _logged() if watched else ""]
    return "\n".join(filter(None, sections))


def _answers(name: str | None) -> str:
    own = [f"address=/{name}/{ON_LINK}"] if name else []
    return _lines(
        "no-resolv",
        # Nobody else is asked, so what is no IPv4 address (AAAA, HTTPS) is answered as empty instead of refused.
        "local=/#/",
        f"address=/#/{CAUGHT}",
        *own,
        "address=/{}/{}".format(*_WINDOWS),
        *(f"address=/{absent}/" for absent in _ABSENT),
        f"local-ttl={TTL_S}",
    )


def _leases() -> str:
    return _lines(
        "dhcp-authoritative",  # a phone that comes with another network's lease is told so at once
        "no-ping",  # nobody else gives addresses here; looking first costs every phone three seconds
        "dhcp-rapid-commit",
        f"dhcp-host=*:*:*:*:*:*,{LEASE}",  # for everybody; a range of ours would lose against NetworkManager's
    )


def _announced(api: str) -> str:
    return _lines(f'dhcp-option=114,"{api}"')  # RFC 8910


def _logged() -> str:
    """dnsmasq waits for a pipe that is full (its log-async is for syslog alone) and then answers nobody.

    So the pipe is large, and systemd starts a reader that has ended again.
    """
    return _lines("log-queries", f"log-facility=/{PIPE}")


def _lines(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)
