"""[hotspot]: the network that the stall owner asked for, as far as a setting alone can be judged."""

from __future__ import annotations

import re

from appliance.core import network, radio
from appliance.core.network import Hotspot
from appliance.core.radio import Band, Firmware, Radio
from appliance.settings.table import Table

ACCESS_POINTS = ("wifi", "external")
_INTERFACE = re.compile(r"[a-z][a-z0-9]{1,14}")


def read_hotspot(reader: Table) -> Hotspot:
    hint = "1 to 32 of A-Z a-z 0-9 . - and blanks, and not all of them 0-9 or A-F, which phones take for hex"
    ssid = reader.text("ssid", None, network.SSID, hint)
    passphrase = _passphrase(reader)
    if excess := network.excess(ssid, passphrase):
        why = f"and passphrase are together {excess} characters too long for the join code on a small display"
        reader.refuse("ssid", f"{why}: shorten one.")
    is_own = reader.choice("access_point", "wifi", ACCESS_POINTS) == "wifi"
    own = _radio(reader) if is_own else None
    if not is_own:
        _refuse_radio(reader)
    known = radio.MINIMAL_SEATS if own and own.firmware is Firmware.MINIMAL else None
    return Hotspot(
        ssid=ssid,
        passphrase=passphrase,
        interface=reader.text("interface", "wlan0" if is_own else "eth0", _INTERFACE, "an interface, such as eth0"),
        radio=own,
        tether=reader.flag("tether"),
        seats=reader.integer("seats", 1, 1, 250) if reader.given("seats") else known,
    )


def _passphrase(reader: Table) -> str | None:
    if not reader.flag("open"):
        hint = "8 or more of A-Z a-z 0-9 . - and blanks; or write open = true, and everybody may join"
        return reader.text("passphrase", None, network.PASSPHRASE, hint)
    if reader.given("passphrase"):
        reader.refuse("passphrase", "has no meaning beside open = true: remove one of the two.")
    return None


def _radio(reader: Table) -> Radio:
    country = _country(reader)
    band = Band(reader.choice("band", Band.LOW, tuple(Band)))
    allowed = radio.channels(country, band)
    if not allowed:
        reader.refuse("band", f'is {band}, where {country} asks for a watch on radar: write "{Band.LOW}".')
    channel = reader.integer("channel", 11 if band is Band.LOW else (*allowed, 36)[0], 1, 196)
    if country and allowed and channel not in allowed:
        listed = ", ".join(map(str, allowed))
        reader.refuse("channel", f"is {channel}; of {band} an access point in {country} may use {listed}.")
    return Radio(country, band, channel, Firmware(reader.choice("firmware", Firmware.STANDARD, tuple(Firmware))))


def _refuse_radio(reader: Table) -> None:
    for name in ("country", "band", "channel", "firmware"):
        if reader.given(name):
            reader.refuse(name, "is set on the access point itself, not here. Remove it.")


def _country(reader: Table) -> str:
    meant = radio.MISTAKEN.get(str(reader.raw("country")))
    hint = f'"{meant}"' if meant else 'the two capital letters of the country you stand in, such as "DE" or "GB"'
    known = re.compile("|".join(radio.COUNTRIES))
    return reader.text("country", None, known, f"{hint}: its law says where the radio may send")
