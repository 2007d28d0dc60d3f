"""The machine's own sources of time, read from files and the kernel as this machine and a Pi have them."""

from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path

import pytest

from appliance.core.time_sources import Rtc
from appliance.services.clock import MACHINE, boottime_ms, keep_clock, ntp_error_s, rtc
from appliance.stall.timekeeping import note_clock
from tests.organizer import DAY, NOW
from tests.stall.timing import timed


def chip(folder: Path, *, place: str = "rtc0", chip: str | None = None, **files: str) -> Path:
    """The folder of RTCs as sysfs shows it, with one more of them."""
    (folder / place).mkdir()
    for name, text in files.items():
        (folder / place / name).write_text(text + "\n")
    if chip:
        (folder / place / "device").mkdir()
        (folder / place / "device/name").write_text(chip + "\n")
    return folder


class TestReadings:
    def test_this_machine(self) -> None:
        """Boot id and CLOCK_BOOTTIME are there, and the id stays as long as the machine runs."""
        assert str(uuid.UUID(MACHINE.boot_id())) == MACHINE.boot_id()
        before = boottime_ms()
        assert 0 < before <= MACHINE.boottime_ms()
        assert abs(MACHINE.wall() - time.time()) < 5

    def test_pi_5(self, tmp_path: Path) -> None:
        """A Pi 5's clock with the voltage of its cell, in microvolts."""
        files = {
            "name": "soc@107c000000:rpi_rtc",
            "hctosys": "1",
            "since_epoch": str(NOW),
            "battery_voltage": "3143586",
        }
        expected = Rtc("soc@107c000000:rpi_rtc", has_set_system=True, epoch=NOW, battery_uv=3_143_586)
        assert rtc(chip(tmp_path, **files)) == expected

    def test_ds3231(self, tmp_path: Path) -> None:
        """A chip on the bus that did not set the system clock, and that says nothing of its cell."""
        found = rtc(chip(tmp_path, name="rtc-ds1307 1-0068", hctosys="0", since_epoch=str(NOW), chip="ds3231"))
        assert found == Rtc("rtc-ds1307 1-0068", has_set_system=False, epoch=NOW, battery_uv=None, chip="ds3231")

    def test_stopped_oscillator(self, tmp_path: Path) -> None:
        """A chip whose time cannot be read."""
        found = rtc(chip(tmp_path, name="rtc-ds1307 1-0068", hctosys="1"))
        assert found == Rtc("rtc-ds1307 1-0068", has_set_system=True, epoch=None, battery_uv=None)

    @pytest.mark.parametrize(("voltage", "expected"), [("0", "DS3231"), ("3143586", "the Pi 5's own")])
    def test_a_pi_5_with_a_chip_beside(self, tmp_path: Path, voltage: str, expected: str) -> None:
        """Of two clocks, neither of which set the system clock, the one that has kept its time."""
        chip(tmp_path, name="rpi-rtc soc@107c000000:rpi_rtc", hctosys="0", since_epoch="86400", battery_voltage=voltage)
        chip(tmp_path, place="rtc1", name="rtc-ds1307 1-0068", hctosys="0", since_epoch=str(NOW), chip="ds3231")
        found = rtc(tmp_path)
        assert found is not None
        assert found.kind == expected

    def test_none(self, tmp_path: Path) -> None:
        """Most machines of a stall have none."""
        assert rtc(tmp_path) is None

    def test_timesyncd_has_the_last_word(self, tmp_path: Path) -> None:
        """Where timesyncd runs and has not set its flag, the kernel's word is not enough."""
        assert ntp_error_s(tmp_path) is None
        (tmp_path / "synchronized").touch()
        assert ntp_error_s(tmp_path) == ntp_error_s(tmp_path / "not there")


class TestKeeping:
    async def test_listens_and_says_what_is_wrong(self, tmp_path: Path) -> None:
        """A network that is behind is said on the screen; the floor is on disk at once."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            box.hardware.wall, box.hardware.ntp_error_s = NOW - DAY, 1
            async with asyncio.timeout(10):
                keeping = asyncio.create_task(keep_clock(stall.house))
                while "clock ntp" not in stall.house.faults:
                    await asyncio.sleep(0.01)
            assert stall.house.faults["clock ntp"].code == "time-refused"
            keeping.cancel()
            box.hardware.wall = NOW + DAY
            keeping = asyncio.create_task(keep_clock(stall.house))
            async with asyncio.timeout(10):
                while "clock ntp" in stall.house.faults or ("ntp", "signed", "ntp") not in box.changes():
                    await asyncio.sleep(0.01)
            keeping.cancel()

    async def test_a_disk_that_refuses(self, tmp_path: Path) -> None:
        """The clock goes on, the screen says it, and the entry is made once the disk is back."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            house = stall.house
            db = await house.record(lambda book: book.db)
            db.execute("pragma query_only=on")
            await stall.questions.set_time(NOW + 60)
            assert house.now().quality.value == "phone"
            assert not house.faults["clock entry"].stops_sales  # that the ledger's own fault says, as long as it lasts
            db.execute("pragma query_only=off")
            await note_clock(house)
            assert "clock entry" not in house.faults
        assert box.changes()[-1] == ("phone", "signed", "phone")
