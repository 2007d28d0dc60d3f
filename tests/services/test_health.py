"""What is read from sysfs, and that it reaches the screen and leaves it again."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from appliance.services.health import Machine, keep_health
from tests.box import make_data, stall_with
from tests.organizer import Organizer


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A board that tells nothing yet."""
    data = tmp_path / "data"
    data.mkdir()
    return Machine(data, 1 << 20, tmp_path / "sys")


def put_supply(machine: Machine, alarm: str) -> None:
    write(machine.sys / "class/hwmon/hwmon0/name", "cpu_thermal")
    write(machine.sys / "class/hwmon/hwmon1/name", "rpi_volt")
    write(machine.sys / "class/hwmon/hwmon1/in0_lcrit_alarm", alarm)


def put_card(machine: Machine, **files: str) -> None:
    """A card with two partitions, of which the second holds the data, as the kernel shows it."""
    device = machine.data.stat().st_dev
    disk = machine.sys / "devices/platform/mmc0/mmc0:aaaa/block/mmcblk0"
    write(disk / "mmcblk0p2/partition", "2")
    link = machine.sys / f"dev/block/{os.major(device)}:{os.minor(device)}"
    link.parent.mkdir(parents=True)
    link.symlink_to(disk / "mmcblk0p2")
    for name, text in files.items():
        write(disk.parent.parent / name, text)
    (disk / "device").symlink_to(disk.parent.parent)


class TestReading:
    def test_a_laptop(self, machine: Machine) -> None:
        """Where nothing is told, nothing is known but the free space."""
        reading = machine.reading()
        assert (reading.is_undervolted, reading.celsius) == (None, None)
        assert reading.disk.free > 0
        assert reading.disk.reserve == 1 << 20
        assert (reading.disk.kind, reading.disk.life_tenths, reading.disk.errors) == (None, None, None)

    @pytest.mark.parametrize(("alarm", "expected"), [("0", False), ("1", True)])
    def test_supply(self, machine: Machine, alarm: str, expected: bool) -> None:
        """The sensor is found by its name, wherever it stands among the others."""
        put_supply(machine, alarm)
        assert machine.reading().is_undervolted is expected

    def test_temperature(self, machine: Machine) -> None:
        """Thousandths of a degree."""
        write(machine.sys / "class/thermal/thermal_zone0/temp", "48312")
        assert machine.reading().celsius == 48.312

    def test_an_sd_card(self, machine: Machine) -> None:
        """An SD card is known as one, and has nothing to say of its wear."""
        put_card(machine, type="SD")
        disk = machine.reading().disk
        assert (disk.kind, disk.life_tenths, disk.reserve_state) == ("SD", None, None)

    def test_emmc(self, machine: Machine) -> None:
        """eMMC: of its two kinds of cells the more worn one, and the state of its reserve; 0 is not known."""
        put_card(machine, type="MMC", life_time="0x02 0x0a", pre_eol_info="0x01")
        disk = machine.reading().disk
        assert (disk.kind, disk.life_tenths, disk.reserve_state) == ("MMC", 10, 1)
        write(machine.sys / "devices/platform/mmc0/mmc0:aaaa/life_time", "0x00 0x00")
        assert machine.reading().disk.life_tenths is None

    def test_errors_of_the_file_system(self, machine: Machine) -> None:
        """ext4 counts them for the partition that holds the data."""
        put_card(machine, type="SD")
        write(machine.sys / "fs/ext4/mmcblk0p2/errors_count", "2")
        assert machine.reading().disk.errors == 2


async def test_on_the_screen_and_off_again(tmp_path: Path, machine: Machine) -> None:
    """What is wrong becomes one fault and goes when it is over, whoever shows it hears of both, and sales go on."""
    organizer = Organizer(tmp_path)
    heat = machine.sys / "class/thermal/thermal_zone0/temp"
    write(heat, "81000")
    news = asyncio.Event()
    async with stall_with(make_data(tmp_path / "box", organizer), organizer) as stall, asyncio.timeout(10):
        house = stall.house
        task = asyncio.create_task(keep_health(house, machine, news.set, period_s=0.01, look_s=0.01))
        await news.wait()
        assert [fault.code for fault in house.faults.values()] == ["hot"]
        news.clear()
        write(heat, "50000")
        await news.wait()
        assert not house.faults
        assert house.health is not None
        assert house.health.reading.celsius == 50.0
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_dip_between_two_looks(tmp_path: Path, machine: Machine) -> None:
    """A dip that is over in two seconds is seen, however long until the next whole look."""
    organizer = Organizer(tmp_path)
    put_supply(machine, "0")
    news = asyncio.Event()
    async with stall_with(make_data(tmp_path / "box", organizer), organizer) as stall, asyncio.timeout(10):
        task = asyncio.create_task(keep_health(stall.house, machine, news.set, period_s=0.01, look_s=600))
        await asyncio.sleep(0.05)
        assert not stall.house.faults
        put_supply(machine, "1")
        await news.wait()
        put_supply(machine, "0")
        assert [fault.code for fault in stall.house.faults.values()] == ["undervoltage"]
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
