"""A box and a machine that are well, for tests that make one thing wrong."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from appliance import settings as settings_file
from appliance.settings import Settings
from provisioning.doctor.asking import Told
from provisioning.doctor.machine import Machine, Wifi

NOW = 1_795_000_000
DAY = 86_400

STATUS: dict[str, Any] = {
    "clock": {"lo": NOW, "hi": NOW + 2, "quality": "ntp"},
    "drops": [{"title": "Harbour Lights", "left": 40, "blocked": 0}],
    "unsynced": {"count": 0, "oldest_s": 0},
    "seats": {"taken": 3, "of": 19},
    "faults": [],
    "papers": {"trust": 2, "expires": NOW + 90 * DAY},
    "battery_clock": {"kind": "DS3231", "doubt": None},
    "machine": {
        "undervolted": False,
        "celsius": 51.2,
        "disk": {"free": 20 << 30, "reserve": 256 << 20, "read_only": False, "kind": "SD"},
    },
    "announced": "Stall 7",
    "displays": [{"kind": "waveshare", "fault": None}],
    "buttons": ["next", "stick"],
    "mirror": {"state": "kept", "sync": True, "behind": 0},
}
MACHINE = Machine(
    model="Raspberry Pi 4 Model B Rev 1.5",
    country="DE",
    wifi=Wifi(is_there=True, channel=11),
    firmware="cyfmac43455-sdio-minimal.bin",
    config=frozenset({"dtparam=i2c_arm=on", "dtparam=spi=on", "dtoverlay=i2c-rtc,ds3231"}),
    cmdline="console=tty1 video=HDMI-A-1:1920x1080@60D rootwait",
    devices=frozenset({"spidev0.0", "i2c-1", "gpiochip0", "fb0"}),
    gpiozero="2.0.1.post3",
    has_lgpio=True,
    has_helper=True,
    service="active",
)
WIFI = '[hotspot]\nssid = "Stall 7"\npassphrase = "harbour-12"\ncountry = "DE"\nfirmware = "minimal"\n'
PANEL = '[[display]]\nkind = "waveshare:4in2"\n'


def settings(more: str = WIFI + PANEL) -> Settings:
    return settings_file.parse(f'[box]\nname = "Stall 7"\n[trust]\npin = "{"0" * 64}"\n{more}')


def told(*, is_running: bool = True, **changes: Any) -> Told:
    """The healthy box but for some fields of its status; of a table those that are named alone."""
    status = deepcopy(STATUS)
    for name, value in changes.items():
        status[name] = {**status[name], **value} if isinstance(value, dict) and status[name] else value
    return Told(status, is_running)


def faults(*codes: str) -> list[dict[str, str]]:
    return [{"code": code, "text": f"Do something about {code}."} for code in codes]
