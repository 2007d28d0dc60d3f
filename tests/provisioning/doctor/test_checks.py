"""What the doctor makes of facts: one thing wrong at a time, and nothing else is said to be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provisioning.doctor.examination import lines
from provisioning.doctor.line import Level, Line
from provisioning.doctor.machine import Machine, Wifi
from provisioning.doctor.table import table
from tests.provisioning.doctor.patients import DAY, MACHINE, NOW, PANEL, STATUS, WIFI, faults, settings, told

OK, WARN, FAIL = Level.OK, Level.WARN, Level.FAIL
DISK: dict[str, Any] = STATUS["machine"]["disk"]


def bad(found: list[Line]) -> list[tuple[str, Level]]:
    return [(line.about, line.level) for line in found if line.level is not OK]


def test_all_is_well() -> None:
    """A healthy box on a healthy machine: every subject has its line, and none needs anything."""
    found = lines(settings(), MACHINE, told())
    assert bad(found) == []
    assert [line.about for line in found] == [
        *(
            "service",
            "country",
            "radio",
            "firmware",
            "seats",
            "name",
            "screen",
            "buttons",
            "disk",
            "clock",
            "battery clock",
        ),
        *("papers", "drops", "power", "temperature", "synced", "mirror", "helper"),
    ]


@pytest.mark.parametrize(
    ("changes", "about", "level", "text"),
    [
        ({"machine": {"disk": {**DISK, "read_only": True}}}, "disk", FAIL, "spare box"),
        ({"machine": {"disk": {**DISK, "free": 1 << 20}}}, "disk", WARN, "Export the log"),
        ({"faults": faults("disk-worn")}, "disk", WARN, "disk-worn"),
        ({"clock": {"quality": "signed"}}, "clock", WARN, "console"),
        ({"clock": {"quality": "floor"}}, "clock", WARN, "console"),
        ({"battery_clock": {"doubt": "stopped"}}, "battery clock", WARN, "new cell"),
        ({"battery_clock": {"kind": "the Pi 5's own", "doubt": "no-battery"}}, "battery clock", WARN, "rtc_bbat_vchg"),
        ({"battery_clock": {"doubt": "unused"}}, "battery clock", WARN, "rtc=off"),
        ({"battery_clock": {"doubt": "behind"}}, "battery clock", WARN, "hwclock"),
        ({"battery_clock": {"doubt": "differs"}}, "battery clock", WARN, "hwclock"),
        ({"papers": None}, "papers", FAIL, "newest bundle"),
        ({"papers": {"expires": NOW}}, "papers", FAIL, "newest bundle"),
        ({"papers": {"expires": NOW + 3 * DAY}}, "papers", WARN, "3 days"),
        ({"drops": []}, "drops", FAIL, "stick"),
        ({"drops": [{"title": "A", "left": 0, "blocked": 0}]}, "drops", WARN, "nothing is left"),
        ({"drops": [{"title": "A", "left": 1, "blocked": 7}]}, "drops", WARN, "7 numbers are blocked"),
        ({"machine": {"undervolted": True}}, "power", WARN, "cable"),
        ({"faults": faults("undervoltage")}, "power", WARN, "ten minutes"),
        ({"faults": faults("hot")}, "temperature", WARN, "shade"),
        ({"unsynced": {"count": 9, "oldest_s": 8 * DAY}}, "synced", WARN, "8 days"),
        ({"mirror": {"state": "behind", "behind": 4}}, "mirror", WARN, "lacks 4"),
        ({"mirror": {"state": "missing"}}, "mirror", FAIL, "Plug the mirror stick in"),
        ({"mirror": {"state": "missing", "sync": False}}, "mirror", WARN, "Plug the mirror stick in"),
        ({"mirror": {"state": "without"}}, "mirror", WARN, "Plug the mirror stick in"),
        ({"seats": {"taken": 19}}, "seats", WARN, "leave the Wi-Fi"),
        ({"displays": [{"kind": "waveshare", "fault": "It does not answer."}]}, "screen", FAIL, "It does not answer."),
        ({"buttons": ["next"]}, "buttons", FAIL, "stick cannot be pressed"),
        ({"faults": faults("owed")}, "said", WARN, "Do something about owed."),
    ],
)
def test_the_box(changes: dict[str, Any], about: str, level: Level, text: str) -> None:
    """Each thing that the box tells, when it is not well."""
    found = lines(settings(), MACHINE, told(**changes))
    assert bad(found) == [(about, level)]
    (line,) = (line for line in found if line.level is not OK)
    assert text in f"{line.text} {line.fix}"


@pytest.mark.parametrize(
    "changes",
    [
        {"machine": None},
        {"machine": {"undervolted": None, "celsius": None}},
        {"unsynced": {"count": 9, "oldest_s": DAY}},
        {"drops": [{"title": "A", "left": None, "blocked": 0}]},
        {"mirror": None},
        {"announced": None},
        {"announced": "Stall 7-2"},
        {"seats": None},
        {"seats": {"taken": 30, "of": None}},
        {"clock": {"quality": "phone"}},
    ],
)
def test_nothing_to_say(changes: dict[str, Any]) -> None:
    """What a board cannot measure, and what is as it should be at a market, is no reason for a word."""
    assert bad(lines(settings(), MACHINE, told(**changes))) == []


@pytest.mark.parametrize(
    ("machine", "about", "level", "text"),
    [
        (replace(MACHINE, country="00"), "country", FAIL, "none is in force"),
        (replace(MACHINE, country="US"), "country", FAIL, "US is in force"),
        (replace(MACHINE, country=None), "country", WARN, "iw"),
        (replace(MACHINE, wifi=Wifi(is_there=False)), "radio", FAIL, "wlan0 does not exist"),
        (replace(MACHINE, wifi=Wifi(is_there=True, is_blocked=True)), "radio", FAIL, "switched off"),
        (replace(MACHINE, wifi=Wifi(is_there=True)), "radio", FAIL, "makes no network"),
        (replace(MACHINE, wifi=Wifi(is_there=True, channel=6)), "radio", WARN, "not 11"),
        (replace(MACHINE, firmware="cyfmac43455-sdio-standard.bin"), "firmware", WARN, "not minimal"),
        (replace(MACHINE, config=frozenset({"dtparam=i2c_arm"})), "screen", FAIL, "dtparam=spi=on"),
        (replace(MACHINE, config=MACHINE.config | {"dtoverlay=spi0-0cs"}), "screen", FAIL, "for an Inky"),
        (replace(MACHINE, devices=frozenset({"gpiochip0"})), "screen", FAIL, "/dev/spidev0.0"),
        (replace(MACHINE, gpiozero="1.6.2"), "buttons", FAIL, "1.6.2"),
        (replace(MACHINE, gpiozero=None), "buttons", FAIL, "none"),
        (replace(MACHINE, has_lgpio=False), "buttons", FAIL, "python3-lgpio"),
        (replace(MACHINE, has_helper=False), "helper", WARN, "make install"),
    ],
)
def test_the_machine(machine: Machine, about: str, level: Level, text: str) -> None:
    """Each thing of the machine that does not fit the settings."""
    found = lines(settings(), machine, told())
    assert bad(found) == [(about, level)]
    (line,) = (line for line in found if line.level is not OK)
    assert text in f"{line.text} {line.fix}"


@pytest.mark.parametrize(
    ("more", "machine", "expected"),
    [
        (PANEL, MACHINE, []),
        (WIFI, MACHINE, [("screen", WARN)]),
        ('[hotspot]\nssid = "S 7"\nopen = true\naccess_point = "external"\n' + PANEL, MACHINE, []),
        (WIFI + '[[display]]\nkind = "inky"\n', MACHINE, [("screen", FAIL)]),
        (
            WIFI + '[[display]]\nkind = "inky"\n',
            replace(MACHINE, config=frozenset({"dtparam=spi", "dtparam=i2c_arm=on", "dtoverlay=spi0-0cs"})),
            [],
        ),
        (WIFI + '[[display]]\nkind = "fb"\n', replace(MACHINE, devices=frozenset({"gpiochip0"})), [("screen", FAIL)]),
        (WIFI + '[[display]]\nkind = "fb"\n', replace(MACHINE, cmdline="rootwait"), [("screen", WARN)]),
        (WIFI + '[[display]]\nkind = "fb"\n', MACHINE, []),
        (WIFI + PANEL + "[buttons]\non = false\n", replace(MACHINE, gpiozero="1.6.2"), []),
        (WIFI + '[[display]]\nkind = "file"\n', Machine(country="DE", wifi=MACHINE.wifi, has_helper=True), []),
    ],
)
def test_settings(more: str, machine: Machine, expected: list[tuple[str, Level]]) -> None:
    """Only what the settings ask for is judged, and a laptop lacks no pins."""
    assert bad(lines(settings(more), machine, told())) == expected


@pytest.mark.parametrize(
    ("service", "text"),
    [("inactive", "systemctl start"), ("failed", "journalctl"), (None, "stallbox run")],
)
def test_a_stopped_box(service: str | None, text: str) -> None:
    """What only a running box can know is not held against a stopped one."""
    machine = replace(MACHINE, service=service)
    stopped = told(is_running=False, displays=[], buttons=[], mirror=None, seats=None)
    found = lines(settings(), machine, stopped)
    assert bad(found) == [("service", WARN)]
    assert text in found[0].fix


@pytest.mark.parametrize(
    ("config", "text"),
    [
        (frozenset({"dtparam=spi=on", "dtparam=i2c_arm=on", "dtoverlay=i2c-rtc,ds3231"}), "four wires"),
        (frozenset({"dtparam=spi=on", "dtoverlay=i2c-rtc,ds3231"}), "i2c_arm=on"),
    ],
)
def test_a_clock_that_is_not_found(config: frozenset[str], text: str) -> None:
    """A battery clock that config.txt names and the kernel does not find."""
    found = lines(settings(), replace(MACHINE, config=config), told(battery_clock=None))
    assert bad(found) == [("battery clock", FAIL)]
    assert text in next(line.fix for line in found if line.level is FAIL)


def test_the_table_for_people() -> None:
    """A mark and a word on every line, the fix under its line, and the sum below."""
    found = lines(settings(), replace(MACHINE, country="00", has_helper=False), told())
    printed = table(found).splitlines()
    assert printed[0].split() == ["✓", "ok", "service", "runs"]
    assert printed[1].startswith("✗ fix   country")
    assert printed[2].strip() == "→ Type: sudo stallbox-hotspot"
    assert printed[-1] == "1 to fix, 1 to look at; the rest is well."
    assert table([found[0]]).endswith("All is well.")


def test_every_trouble_has_its_fix() -> None:
    """No line asks for attention without a word of what to do."""
    worst = told(
        clock={"quality": "none"},
        drops=[],
        papers=None,
        seats={"taken": 19},
        mirror={"state": "missing"},
        faults=faults("owed", "hot", "undervoltage"),
    )
    found = lines(settings(), Machine(model="Raspberry Pi 5"), worst)
    assert len(bad(found)) >= 9
    assert all(line.fix for line in found if line.level is not OK)
