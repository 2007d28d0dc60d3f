"""Who is on the Wi-Fi, as the radio, dnsmasq and the kernel's neighbours tell it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.core.status import Seats
from appliance.core.timeline import Step
from appliance.errors import DeviceError
from appliance.services.phones import Phones, stations_of
from appliance.stall.stall import Stall
from appliance.visits import Visits
from tests.box import make_data, stall_with
from tests.organizer import Organizer

HOTSPOT = '[hotspot]\nssid = "Stall 7"\npassphrase = "harbour-12"\ncountry = "DE"\nseats = 2'
HERS, HIS = "3c:2e:f9:01:02:03", "3c:2e:f9:0a:0b:0c"
ACK = "Nov 23 13:44:48 dnsmasq-dhcp[32352]: DHCPACK(wlan0) {} {} Pixel-9\n"
ASKS = "Nov 23 13:44:48 dnsmasq[32352]: query[A] {} from {}\n"


@dataclass
class Air:
    """A radio with its phones, dnsmasq's pipe, and the box that watches them."""

    stall: Stall
    visits: Visits
    pipe: int
    stations: set[str] = field(default_factory=set)
    neighbours: dict[str, str] = field(default_factory=dict)
    changes: int = 0

    async def ask(self) -> frozenset[str]:
        return frozenset(self.stations)

    def changed(self) -> None:
        self.changes += 1

    def log(self, text: str) -> None:
        os.write(self.pipe, text.encode())

    def steps(self, address: str) -> dict[Step, str]:
        moments = self.visits.visit(address).timeline.moments
        return {step: moment.what for step, moment in moments.items()}

    async def until(self, seen: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not seen():
                await asyncio.sleep(0.01)


@pytest.fixture
async def air(tmp_path: Path) -> AsyncIterator[Air]:
    organizer = Organizer(tmp_path)
    read, write = os.pipe()
    async with stall_with(make_data(tmp_path / "data", organizer, HOTSPOT, listen="0.0.0.0"), organizer) as stall:
        made = Air(stall, Visits(hardware=lambda _: None), write)
        phones = Phones(
            *(stall.house, made.visits, made.ask, read, made.changed),
            neighbours=lambda: made.neighbours,
            period_s=0.01,
        )
        async with running(phones.hear), running(phones.watch):
            yield made
    os.close(read)
    os.close(write)


@contextlib.asynccontextmanager
async def running(run: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(run())
    try:
        yield
        assert not task.done(), "it runs until it is cancelled"
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_phone_that_asks_for_no_address(air: Air) -> None:
    """It is listed under its hardware address, so that the stall owner is told what may be wrong."""
    air.stations.add(HERS)
    await air.until(lambda: bool(air.visits.all()))
    (visit,) = air.visits.all()
    assert (visit.address, visit.timeline.furthest) == (HERS, Step.JOINED)


async def test_joined_then_leased(air: Air) -> None:
    """With its address the phone has one timeline, and nothing is left under the hardware address."""
    air.stations.add(HERS)
    await air.until(lambda: bool(air.visits.all()))
    air.log(ACK.format("10.42.0.57", HERS))
    await air.until(lambda: Step.LEASE in air.steps("10.42.0.57"))
    assert set(air.steps("10.42.0.57")) == {Step.JOINED, Step.LEASE}
    assert [visit.address for visit in air.visits.all()] == ["10.42.0.57"]


async def test_leased_then_seen_by_the_radio(air: Air) -> None:
    """The order in which the two tell of a phone makes no difference."""
    air.log(ACK.format("10.42.0.57", HERS))
    await air.until(lambda: Step.LEASE in air.steps("10.42.0.57"))
    air.stations.add(HERS)
    await air.until(lambda: Step.JOINED in air.steps("10.42.0.57"))
    assert [visit.address for visit in air.visits.all()] == ["10.42.0.57"]


async def test_an_address_is_one_phone_s(air: Air) -> None:
    """A phone that comes back after another got its address stands by itself until it has a new one."""
    air.log(ACK.format("10.42.0.57", HERS))
    air.log(ACK.format("10.42.0.57", HIS))
    await air.until(lambda: air.visits.visit("10.42.0.57").hardware == HIS)
    air.stations.add(HERS)
    await air.until(lambda: Step.JOINED in air.steps(HERS))
    assert Step.JOINED not in air.steps("10.42.0.57")


async def test_after_a_restart(air: Air) -> None:
    """A phone whose lease was given before is found among the kernel's neighbours; one that has gone is not."""
    air.neighbours = {"10.42.0.57": HERS, "10.42.0.58": HIS}
    air.stations.add(HERS)
    await air.until(lambda: Step.LEASE in air.steps("10.42.0.57"))
    assert [visit.address for visit in air.visits.all()] == ["10.42.0.57"]


async def test_names(air: Air) -> None:
    """What a system asks by itself is kept; what else a phone asks is counted and not kept."""
    air.log(ASKS.format("secret.example.org", "10.42.0.57"))
    await air.until(lambda: air.steps("10.42.0.57") == {Step.DNS: ""})
    air.log(ASKS.format("Captive.Apple.com", "10.42.0.57"))
    await air.until(lambda: air.steps("10.42.0.57") == {Step.DNS: "captive.apple.com"})
    air.log(ASKS.format("other.example.org", "10.42.0.57"))
    await air.until(lambda: air.visits.visit("10.42.0.57").timeline.moments[Step.DNS].count == 3)
    assert air.steps("10.42.0.57") == {Step.DNS: "captive.apple.com"}


async def test_lines_in_pieces(air: Air) -> None:
    """A line may come in pieces, and what is no line of dnsmasq's changes nothing."""
    line = ACK.format("10.42.0.57", HERS)
    air.log("nonsense\n" + "x" * 9000 + "\n" + line[:40])
    await asyncio.sleep(0.02)
    air.log(line[40:])
    await air.until(lambda: Step.LEASE in air.steps("10.42.0.57"))
    assert air.steps("10.42.0.57") == {Step.LEASE: ""}


async def test_seats(air: Air) -> None:
    """Taken of how many, with a sentence on the screen while there is none left, and every change is told."""
    await air.until(lambda: air.stall.house.seats == Seats(0, 2))
    air.stations.update({HERS, HIS})
    await air.until(lambda: air.stall.house.seats == Seats(2, 2))
    status = await air.stall.stock.status()
    assert status.seats == Seats(2, 2)
    assert [fault.text for fault in status.faults if fault.code == "seats-taken"] == [
        "All 2 places on the Wi-Fi are taken. Ask those who have their files to leave it."
    ]
    air.stations.discard(HIS)
    await air.until(lambda: air.stall.house.seats == Seats(1, 2))
    assert "seats" not in air.stall.house.faults
    assert air.changes == 3


async def test_who_comes_back_joins_again(air: Air) -> None:
    """Leaving and joining again is noted, once each time."""
    for count in (1, 2):
        air.stations.add(HERS)
        await air.until(lambda count=count: _joined(air) == count)  # type: ignore[misc]
        air.stations.clear()
        await air.until(lambda: air.stall.house.seats == Seats(0, 2))


def _joined(air: Air) -> int:
    moment = air.visits.visit(HERS).timeline.moments.get(Step.JOINED)
    return moment.count if moment else 0


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


LISTED = f"""\
Station {HERS} (on wlan0)
	inactive time:	1234 ms
	rx bytes:	54321
	signal:  	-48 [-48] dBm
	authorized:	yes
Station {HIS} (on wlan0)
	inactive time:	10 ms
"""


async def test_the_radio_is_asked_by_iw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stations are read out of what iw prints; what it complains about is said."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program(tmp_path / "iw", f'[ "$*" = "dev wlan0 station dump" ] && cat <<"END"\n{LISTED}END')
    assert await stations_of("wlan0")() == {HERS, HIS}
    program(tmp_path / "iw", 'echo "command failed: No such device (-19)" >&2; exit 237')
    with pytest.raises(DeviceError, match="No such device"):
        await stations_of("wlan0")()


async def test_without_iw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the program gets a sentence."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceError, match="iw cannot be started"):
        await stations_of("wlan0")()
