"""What each source of time says, and when it is not believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.core import time_sources
from appliance.core.clock import Quality, Word
from appliance.core.time_sources import Doubt, Rtc
from tests.organizer import NOW

PI5 = Rtc("rpi_rtc", has_set_system=True, epoch=NOW, battery_uv=3_000_000)
DS3231 = Rtc("rtc-ds1307 1-0068", has_set_system=True, epoch=NOW, battery_uv=None)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (time_sources.phone(NOW), Word("phone", Quality.PHONE, NOW - 120, NOW + 120)),
        (time_sources.ntp(NOW, 0), Word("ntp", Quality.NTP, NOW - 1, NOW + 2)),
        (time_sources.ntp(NOW, 3), Word("ntp", Quality.NTP, NOW - 3, NOW + 4)),
        (time_sources.paper("trust", NOW), Word("paper:trust", Quality.SIGNED, NOW)),
        (time_sources.reset(4, NOW), Word("reset:4", Quality.SIGNED, NOW)),
        (time_sources.token("0123456789abcdef", NOW, NOW + 1), Word("token:0123456789abcdef", Quality.SIGNED, NOW)),
        (time_sources.token("0123456789abcdef", NOW, NOW - 1), Word("token:0123456789abcdef", Quality.SIGNED, NOW - 1)),
        (time_sources.cosignature(NOW, None), Word("cosignature", Quality.COSIGNED, NOW)),
        (time_sources.cosignature(NOW, 1), Word("cosignature", Quality.COSIGNED, NOW, NOW + 2)),
    ],
    ids=lambda value: value.source if isinstance(value, Word) else "",
)
def test_words(word: Word, expected: Word) -> None:
    """Bounds and names as FORMATS §3 and §5 say; NTP is never better than a second, and seconds are cut."""
    assert word == expected


@pytest.mark.parametrize("reading", [PI5, DS3231], ids=lambda reading: reading.name)
def test_a_good_battery_clock(reading: Rtc) -> None:
    """Believed to five seconds."""
    assert time_sources.rtc(reading, NOW + 4, NOW) == Word("rtc", Quality.RTC, NOW - 5, NOW + 5)


@pytest.mark.parametrize(
    ("reading", "doubt"),
    [
        pytest.param(replace(PI5, has_set_system=False), Doubt.UNUSED, id="the kernel did not set the clock from it"),
        pytest.param(replace(PI5, epoch=None), Doubt.STOPPED, id="it cannot be read"),
        pytest.param(replace(PI5, battery_uv=0), Doubt.NO_BATTERY, id="a Pi 5 without a cell"),
        pytest.param(replace(PI5, battery_uv=2_499_999), Doubt.NO_BATTERY, id="a Pi 5 with a flat cell"),
        pytest.param(replace(PI5, battery_uv=None), Doubt.NO_BATTERY, id="a Pi 5 that does not tell its voltage"),
        pytest.param(replace(PI5, epoch=NOW - 1), Doubt.BEHIND, id="it is behind what has passed"),
        pytest.param(replace(PI5, epoch=NOW + 5), Doubt.DIFFERS, id="it disagrees with the system clock"),
        pytest.param(replace(DS3231, epoch=86_400), Doubt.BEHIND, id="it woke up in 1970"),
    ],
)
def test_never_believed_for_being_there(reading: Rtc, doubt: Doubt) -> None:
    """Each thing that must hold, missing by itself (hardware facts: a Pi 5 always has rtc0), is named."""
    assert time_sources.doubt(reading, NOW, NOW) is doubt
    assert time_sources.rtc(reading, NOW, NOW) is None


def test_none_is_no_word() -> None:
    """Most machines of a stall have no battery clock."""
    assert time_sources.rtc(None, NOW, NOW) is None


@pytest.mark.parametrize(
    ("name", "chip", "kind"),
    [
        ("rpi-rtc soc@107c000000:rpi_rtc", None, "the Pi 5's own"),
        ("rtc-ds1307 1-0068", "ds3231", "DS3231"),
        ("rtc-pcf8523 1-0068", "pcf8523", "PCF8523"),
        ("rtc-pcf8563 1-0051", "pcf8563", "PCF8563"),
        ("rtc-pcf85063 10-0051", None, "PCF85063"),
    ],
)
def test_kinds(name: str, chip: str | None, kind: str) -> None:
    """The chip by the name that its overlay has, since ten kinds share a driver; else by the driver's."""
    assert replace(DS3231, name=name, chip=chip).kind == kind
