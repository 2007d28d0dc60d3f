"""The phones near the box: who is known again, who starts anew, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.core.probes import IDLE_S, Event, Phone, State, System
from appliance.core.timeline import Step
from appliance.visits import MAX_PAIRED, MAX_VISITS, Visits

HERS, HIS = "3c:2e:f9:01:02:03", "3c:2e:f9:0a:0b:0c"


class Air:
    """A Wi-Fi: which phone has which address, and how late it is."""

    def __init__(self, kept: Path | None = None) -> None:
        self.hardware: dict[str, str] = {"10.42.0.50": HERS, "10.42.0.51": HIS}
        self.now = 100.0
        self.kept = kept
        self.visits = self.restart()

    def restart(self) -> Visits:
        self.visits = Visits(self.kept, hardware=self.look_up, clock=lambda: self.now)
        return self.visits

    def look_up(self, address: str) -> str | None:
        return self.hardware.get(address)


async def test_a_paired_phone_is_known_tomorrow(tmp_path: Path) -> None:
    """After a restart the stall owner's phone is theirs before it has opened the console, at another address too."""
    air = Air(tmp_path / "paired-phones.json")
    await air.visits.pair("10.42.0.50")
    assert air.restart().phone("10.42.0.50").is_paired
    assert not air.visits.phone("10.42.0.51").is_paired
    air.hardware["10.42.0.60"] = air.hardware.pop("10.42.0.50")
    assert air.restart().phone("10.42.0.60").is_paired
    assert (tmp_path / "paired-phones.json").stat().st_mode & 0o077 == 0


async def test_an_address_changes_hands() -> None:
    """A buyer who gets the address that the stall owner had is a buyer; the stall owner is known at the new one."""
    air = Air()
    await air.visits.pair("10.42.0.50")
    air.hardware = {"10.42.0.50": HIS, "10.42.0.51": HERS}
    air.now += IDLE_S
    assert not air.visits.phone("10.42.0.50").is_paired
    assert air.visits.phone("10.42.0.51").is_paired


async def test_a_lease_changes_hands() -> None:
    """Who gets an address by a lease starts anew at once, even while the kernel's table names the one before."""
    air = Air()
    await air.visits.pair("10.42.0.50")
    air.visits.happened("10.42.0.51", Event.ACCEPTED, System.WINDOWS)
    air.visits.got_address(HIS, "10.42.0.50")
    air.visits.note("10.42.0.50", Step.LEASE)
    assert air.visits.phone("10.42.0.50") == Phone(seen_s=air.now)
    air.visits.got_address(HERS, "10.42.0.51")
    air.visits.note("10.42.0.51", Step.LEASE)
    assert air.visits.phone("10.42.0.51") == Phone(is_paired=True, seen_s=air.now)


async def test_without_the_neighbour_table() -> None:
    """Where the kernel tells nothing, a paired phone stays so at its address as long as the box runs."""
    air = Air()
    air.hardware = {}
    await air.visits.pair("10.42.0.50")
    air.now += 10 * IDLE_S
    assert air.visits.phone("10.42.0.50").is_paired


async def test_few_are_kept(tmp_path: Path) -> None:
    """The file holds the newest paired phones, and each once."""
    air = Air(tmp_path / "paired-phones.json")
    for n in range(MAX_PAIRED + 3):
        air.hardware = {"10.42.0.50": f"02:00:00:00:00:{n:02x}"}
        air.now += IDLE_S
        await air.visits.pair("10.42.0.50")
        await air.visits.pair("10.42.0.50")
    kept = json.loads((tmp_path / "paired-phones.json").read_text())
    assert kept == [f"02:00:00:00:00:{n:02x}" for n in range(3, MAX_PAIRED + 3)]


@pytest.mark.parametrize("text", ["", "{", "7", '{"a": 1}', "[" * 5000])
async def test_a_damaged_file(tmp_path: Path, text: str) -> None:
    """A file that cannot be read forgets the phones and stops nothing; the next pairing writes it anew."""
    path = tmp_path / "paired-phones.json"
    path.write_text(text)
    air = Air(path)
    assert not air.visits.phone("10.42.0.50").is_paired
    await air.visits.pair("10.42.0.50")
    assert air.restart().phone("10.42.0.50").is_paired


async def test_a_full_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where the file cannot be written the phone is paired all the same, and the log says what follows."""
    air = Air(tmp_path / "no-such-folder" / "paired-phones.json")
    await air.visits.pair("10.42.0.50")
    assert air.visits.phone("10.42.0.50").is_paired
    assert "paired phones are forgotten" in caplog.text


async def test_many_phones() -> None:
    """The oldest visits make room; what is remembered stays bounded."""
    air = Air()
    for n in range(MAX_VISITS + 10):
        air.visits.happened(f"10.42.{n // 256}.{n % 256}", Event.ACCEPTED)
    assert len(air.visits.all()) == MAX_VISITS
    assert air.visits.phone("10.42.0.0").state is State.NEW
    assert air.visits.all()[0].address == f"10.42.{(MAX_VISITS + 9) // 256}.{(MAX_VISITS + 9) % 256}"


async def test_the_list() -> None:
    """The newest word comes first; silent phones and this machine are not listed."""
    air = Air()
    air.visits.note("10.42.0.50", Step.JOINED)
    air.now += 1
    air.visits.happened("10.42.0.51", Event.SHOWN, System.ANDROID)
    air.visits.note("127.0.0.1", Step.PAGE)
    assert [visit.address for visit in air.visits.all()] == ["10.42.0.51", "10.42.0.50"]
    air.visits.note("10.42.0.50", Step.LEASE)
    assert [visit.address for visit in air.visits.all()] == ["10.42.0.50", "10.42.0.51"]
    air.now += IDLE_S
    assert air.visits.all() == ()
    assert air.visits.visit("10.42.0.50").timeline.furthest is None


async def test_before_and_after_its_address() -> None:
    """A phone without an IP address is listed by its hardware address; with one it is one phone, with all its steps."""
    air = Air()
    air.visits.note(HERS, Step.JOINED)
    assert [visit.address for visit in air.visits.all()] == [HERS]
    air.now += 2
    air.visits.got_address(HERS, "10.42.0.50")
    air.visits.note("10.42.0.50", Step.LEASE)
    (visit,) = air.visits.all()
    assert visit.address == "10.42.0.50"
    assert [(step, moment.first_s) for step, moment in visit.timeline.steps] == [(Step.JOINED, 100), (Step.LEASE, 102)]
    air.visits.got_address(HERS, "10.42.0.50")
    assert air.visits.all()[0].timeline == visit.timeline, "a lease that is renewed changes nothing"


async def test_a_day() -> None:
    """A visit counts for the day in which it began, ended or not; the stall owner's phone and this machine do not."""
    air = Air()
    air.visits.note("10.42.0.50", Step.PAGE)
    air.now += IDLE_S
    air.visits.note("10.42.0.50", Step.PAGE)
    air.visits.note("10.42.0.51", Step.PAGE)
    await air.visits.pair("10.42.0.51")
    air.visits.note("127.0.0.1", Step.PAGE)
    assert [visit.timeline.began_s for visit in air.visits.day()] == [100, 100 + IDLE_S]
    air.visits.close_day()
    air.now += 5
    air.visits.note("10.42.0.50", Step.PAID)
    assert air.visits.day() == ()
    air.visits.note("10.42.0.52", Step.PAGE)
    assert [visit.address for visit in air.visits.day()] == ["10.42.0.52"]
