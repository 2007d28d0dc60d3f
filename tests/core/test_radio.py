"""Countries and channels: the tables, held against the database that the kernel itself reads."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.radio import COUNTRIES, MISTAKEN, Band, channels, is_for_indoors

DATABASE = Path("/lib/firmware/regulatory.db-debian")
RELEASE = "2fb33ca0074db573e05ef7dd50bb45b63c0ff98b7e852e1105ebad536fae8e6b"  # 2026.05.30, which the tables follow
NO_OUTDOOR, DFS, NO_IR = 2, 4, 8
Rule = tuple[int, int, int]  # first and last MHz, flags


def rules(data: bytes) -> Iterator[tuple[str, list[Rule]]]:
    """Country by country what the database says; its format is that of net/wireless/reg.c in Linux."""
    assert struct.unpack_from(">4sI", data) == (b"RGDB", 20)
    at = 8
    while (entry := struct.unpack_from(">2sH", data, at))[0] != b"\0\0":
        start = entry[1] * 4
        length, count = data[start], data[start + 1]
        first = start + length + length % 2
        yield entry[0].decode(), [rule(data, first + 2 * place) for place in range(count)]
        at += 4


def rule(data: bytes, at: int) -> Rule:
    start = struct.unpack_from(">H", data, at)[0] * 4
    begin, end = struct.unpack_from(">II", data, start + 4)
    return begin // 1000, end // 1000, data[start + 1]


def flags(country: list[Rule], channel: int) -> int | None:
    """What the country asks of a channel 20 MHz wide; None where it is closed."""
    middle = 2407 + 5 * channel if channel < 14 else 5000 + 5 * channel
    return next((each[2] for each in country if each[0] <= middle - 10 and middle + 10 <= each[1]), None)


@pytest.fixture
def database() -> dict[str, list[Rule]]:
    if not DATABASE.exists():
        pytest.skip("wireless-regdb is not installed")
    data = DATABASE.read_bytes()
    if hashlib.sha256(data).hexdigest() != RELEASE:
        pytest.skip("this is another release of wireless-regdb than the one that the tables follow")
    return dict(rules(data))


def test_every_channel_that_we_allow_is_allowed(database: dict[str, list[Rule]]) -> None:
    """No country closes a channel of our tables, or asks there for radar watch or for somebody else to begin."""
    wrong = [
        (country, channel)
        for country in COUNTRIES & database.keys() - {"TG"}  # whose entry asks for radar watch on 2.4 GHz too
        for band in Band
        for channel in channels(country, band)
        if (found := flags(database[country], channel)) is None or found & (DFS | NO_IR)
    ]
    assert wrong == []


def test_countries_that_forbid_open_air_are_known(database: dict[str, list[Rule]]) -> None:
    """A channel of the first 5 GHz block is for indoors exactly where the database says so."""
    wrong = [
        country
        for country in COUNTRIES & database.keys()
        if 36 in channels(country, Band.HIGH)
        and is_for_indoors(country, 36) != bool((flags(database[country], 36) or 0) & NO_OUTDOOR)
    ]
    assert wrong == []


def test_the_countries_are_those_of_the_database(database: dict[str, list[Rule]]) -> None:
    """Every country of the database but the world itself can be chosen; codes that people mistake are none of them."""
    assert database.keys() - {"00"} == COUNTRIES
    assert not COUNTRIES & MISTAKEN.keys()
    assert set(MISTAKEN.values()) <= COUNTRIES


def test_no_channel_needs_radar_watch() -> None:
    """Channels 52 to 144 are in no country's list, and 14 is in none."""
    assert not {14, *range(52, 145)} & {channel for country in COUNTRIES for channel in channels(country, Band.HIGH)}
    assert channels("US", Band.LOW) == tuple(range(1, 12))
    assert channels("DE", Band.LOW) == tuple(range(1, 14))
    assert channels("AM", Band.HIGH) == ()
