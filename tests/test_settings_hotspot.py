"""[hotspot] in stallbox.toml: what is taken, and that every refusal says what to write instead."""

from __future__ import annotations

import pytest

from appliance.core.network import Hotspot
from appliance.core.radio import Band, Firmware, Radio
from appliance.errors import SettingsError
from appliance.settings import Settings, parse

BOX = f'[box]\nname = "Stall 7"\n[trust]\npin = "{"0" * 64}"\n'
WPA2 = 'ssid = "Stall 7"\npassphrase = "harbour-12"\n'
WIFI = WPA2 + 'country = "DE"\n'


def settings(hotspot: str, more: str = "") -> Settings:
    return parse(f"{BOX}[hotspot]\n{hotspot}{more}")


def hotspot(text: str) -> Hotspot:
    found = settings(text).hotspot
    assert found is not None
    return found


def test_a_box_without_the_table_has_no_network_of_its_own() -> None:
    """Nothing changes for a box whose settings do not speak of a hotspot."""
    assert parse(BOX).hotspot is None


def test_name_passphrase_and_country_are_enough() -> None:
    """The rest is the band that reaches farthest, on a channel that every country allows."""
    assert hotspot(WIFI) == Hotspot(
        "Stall 7", "harbour-12", "wlan0", Radio("DE", Band.LOW, 11, Firmware.STANDARD), tether=False, seats=None
    )


def test_five_gigahertz_open_with_the_other_firmware() -> None:
    """An open network says so; the first channel of the country and the seats of the firmware are taken."""
    text = 'ssid = "S7"\nopen = true\ncountry = "GB"\nband = "5 GHz"\nfirmware = "minimal"\n'
    expected = Radio("GB", Band.HIGH, 36, Firmware.MINIMAL)
    assert hotspot(text) == Hotspot("S7", None, "wlan0", expected, tether=False, seats=19)


def test_an_access_point_on_ethernet_needs_no_country() -> None:
    """It has a radio of its own; how many phones it takes, its owner knows."""
    text = WPA2 + 'access_point = "external"\nseats = 60\ntether = true\n'
    assert hotspot(text) == Hotspot("Stall 7", "harbour-12", "eth0", None, tether=True, seats=60)


def test_the_passphrase_is_in_no_log() -> None:
    """Printing the settings does not print it."""
    assert "harbour" not in repr(settings(WIFI))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            WPA2,
            'hotspot.country is missing; it must be the two capital letters of the country you stand in, such as "DE"',
        ),
        (WPA2 + 'country = "UK"', "hotspot.country is 'UK'; it must be \"GB\""),
        (WPA2 + 'country = "de"', "hotspot.country is 'de'; it must be the two capital letters"),
        ('passphrase = "harbour-12"\ncountry = "DE"', "hotspot.ssid is missing; it must be 1 to 32 of A-Z"),
        ('ssid = "Cafe"\nopen = true\ncountry = "DE"', "not all of them 0-9 or A-F"),
        ('ssid = "Stall 7"\ncountry = "DE"', "or write open = true"),
        ('ssid = "S"\npassphrase = "short"\ncountry = "DE"', "hotspot.passphrase is 'short'; it must be 8 or more"),
        (WIFI + "open = true", "hotspot.passphrase has no meaning beside open = true: remove one of the two."),
        (
            'ssid = "Stall 7 at the harbour"\npassphrase = "harbour-12"\ncountry = "DE"',
            "hotspot.ssid and passphrase are together 8 characters too long for the join code on a small display",
        ),
        ('ssid = "The stall at the old harbour"\nopen = true\ncountry = "DE"', "4 characters too long"),
        (WIFI + "channel = 14", "hotspot.channel is 14; of 2.4 GHz an access point in DE may use 1, 2, 3"),
        (WPA2 + 'country = "US"\nchannel = 13', "may use 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11."),
        (
            WIFI + 'band = "5 GHz"\nchannel = 100',
            "hotspot.channel is 100; of 5 GHz an access point in DE may use 36, 40",
        ),
        (
            WPA2 + 'country = "AM"\nband = "5 GHz"',
            'hotspot.band is 5 GHz, where AM asks for a watch on radar: write "2.4',
        ),
        (WIFI + "band = 5", "hotspot.band is 5; it must be one of 2.4 GHz, 5 GHz."),
        (WIFI + 'firmware = "32"', "hotspot.firmware is '32'; it must be one of standard, minimal."),
        (WIFI + 'access_point = "external"', "hotspot.country is set on the access point itself, not here. Remove it."),
        (WIFI + 'interface = "wlan0; reboot"', "hotspot.interface is 'wlan0; reboot'; it must be an interface"),
        (WIFI + 'tether = "usb0"', "hotspot.tether is 'usb0'; it must be true or false."),
        (WIFI + "seats = 0", "hotspot.seats is 0; it must be a whole number from 1 to 250."),
        (WIFI + 'pasphrase = "x"', "hotspot.pasphrase is not a setting. Did you mean passphrase?"),
        (
            WIFI + '[web]\npublic = "stall.example"',
            "web.public is stall.example; beside a [hotspot] it must be 10.42.0.1",
        ),
        (WIFI + '[web]\nlisten = "10.42.0.1"', "web.listen is 10.42.0.1; beside a [hotspot] it must be 0.0.0.0"),
        (
            WIFI + "[web]\nport = 8080\npublic_port = 80",
            "web.port is 8080; beside a [hotspot] it must be 80. Remove it.",
        ),
    ],
)
def test_a_wrong_setting_is_refused_with_the_fix(text: str, said: str) -> None:
    """The refusal names the setting, what it is, and what it must be."""
    with pytest.raises(SettingsError) as refusal:
        settings(text)
    assert said in refusal.value.detail


def test_all_faults_come_at_once() -> None:
    """Three mistakes are three sentences of one refusal."""
    with pytest.raises(SettingsError) as refusal:
        settings('ssid = ""\npassphrase = "x"\ncountry = "XX"')
    assert all(f"hotspot.{name} is " in refusal.value.detail for name in ("ssid", "passphrase", "country"))
