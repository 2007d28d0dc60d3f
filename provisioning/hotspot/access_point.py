"""The connection that buyers join: by the box's own radio, or by an access point on its Ethernet.

`shared` makes NetworkManager start dnsmasq there. Knows nothing of names and filters.
"""

from __future__ import annotations

from appliance.core.network import ON_LINK, Hotspot
from appliance.core.radio import Band, Radio
from provisioning.hotspot import keyfile
from provisioning.hotspot.keyfile import Section

PREFIX = 24
_BANDS = {Band.LOW: "bg", Band.HIGH: "a"}
_BEFORE_ALL_OTHERS = 100  # the Wi-Fi of a set-up at home, which may still be on the card


def render(hotspot: Hotspot) -> str:
    """The connection file."""
    link = _wifi(hotspot, hotspot.radio) if hotspot.radio else {}
    kind = "wifi" if hotspot.radio else "ethernet"
    connection: Section = {
        "type": kind,
        "interface-name": hotspot.interface,
        "autoconnect-priority": _BEFORE_ALL_OTHERS,
    }
    addresses: dict[str, Section] = {
        "ipv4": {"method": "shared", "address1": f"{ON_LINK}/{PREFIX}"},
        "ipv6": {"method": "disabled"},
    }
    return keyfile.text(keyfile.HOTSPOT, connection, {**link, **addresses})


def _wifi(hotspot: Hotspot, radio: Radio) -> dict[str, Section]:
    wifi: Section = {
        "mode": "ap",
        "ssid": hotspot.ssid,
        "band": _BANDS[radio.band],
        "channel": radio.channel,
        "ap-isolation": 1,  # phones do not reach each other
        "powersave": 2,  # off
    }
    if hotspot.passphrase is None:
        return {"wifi": wifi}
    return {"wifi": wifi, "wifi-security": _wpa2(hotspot.passphrase)}


def _wpa2(passphrase: str) -> Section:
    """WPA2 with AES and nothing else: mixed modes and protected frames fail on old phones and on some Pi firmware."""
    return {
        "key-mgmt": "wpa-psk",
        "proto": "rsn;",
        "pairwise": "ccmp;",
        "group": "ccmp;",
        "pmf": 1,  # disabled; NetworkManager would else offer WPA3 beside WPA2
        "psk": passphrase,
    }
