"""nftables' part: buyers reach the box's own doors and nothing else, and are told so at once.

Buyers are judged before routing, so it holds whether or not the kernel forwards; where it does, nothing passes. Who
sends under an address of another network is not heard: a thousand invented phones would crowd out the real ones. What
comes by other interfaces (an uplink, the owner's phone on USB) reaches the box as if this were not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_interface

from appliance.core.network import CAUGHT, ON_LINK
from provisioning.hotspot.access_point import PREFIX

PATH = "etc/stallbox/firewall.nft"
TABLE = "inet stallbox"

_RULES = """\
# Made by stallbox-hotspot. Loading it again replaces it in one step.
table {table}
delete table {table}
table {table} {{
	chain turn {{
		type nat hook prerouting priority dstnat; policy accept;
		iifname "{interface}" ip daddr {caught} tcp dport {{ {ports} }} dnat ip to {on_link}
		iifname "{interface}" ip daddr != {on_link} meta l4proto {{ tcp, udp }} th dport 53 dnat ip to {on_link}
	}}
	chain arrive {{
		type filter hook prerouting priority filter; policy accept;
		iifname "{interface}" jump buyers
	}}
	chain buyers {{
		ct state established,related accept
		udp sport 68 udp dport 67 accept
		ip saddr != {network} drop
		ip daddr {on_link} meta l4proto {{ tcp, udp }} th dport 53 accept
		ip daddr {on_link} tcp dport {{ {ports} }} accept
		ip daddr 224.0.0.251 udp dport 5353 accept
		ip daddr {on_link} udp sport 5353 udp dport 5353 accept
		meta l4proto tcp reject with tcp reset
		meta l4proto udp reject with icmpx admin-prohibited
		drop
	}}
	chain forward {{
		type filter hook forward priority filter; policy drop;
	}}
}}
"""


def render(interface: str, ports: Sequence[int]) -> str:
    """The rules. `ports`: those of shop and console.

    The address that every name leads to is translated and not held: NetworkManager gives a shared interface its first
    address only (seen with 1.42 and 1.52).
    Who is found by mDNS may answer the box's first question to the box alone (RFC 6762 §5.4): an organizer's laptop.
    A reset, and for QUIC an ICMP error, make phones give up in milliseconds what would else wait for its timeout; an
    answer on 443 would show every app a wrong certificate.
    """
    return _RULES.format(
        table=TABLE,
        interface=interface,
        on_link=ON_LINK,
        caught=CAUGHT,
        network=ip_interface(f"{ON_LINK}/{PREFIX}").network,
        ports=", ".join(map(str, ports)),
    )
