"""Reads how the machine is from sysfs and the file system, and puts what is wrong on the screen.

`core.health` says what is wrong. What a board or a disk does not tell is not guessed: SD cards tell nothing of wear.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.core.health import TEXTS, Disk, Reading, Trouble, judged
from appliance.core.status import Fault
from appliance.stall.house import House

PERIOD_S = 2.0  # the driver forgets a dip of the voltage so soon (raspberrypi-hwmon.c)
_LOOK_S = 30.0
_SYS = Path("/sys")
_TENTHS = re.compile(r"0x([0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class Machine:
    """`data`: the data directory. `sys`: where sysfs is."""

    data: Path
    reserve: int
    sys: Path = _SYS

    def reading(self) -> Reading:
        """A whole look; reads a dozen small files."""
        return Reading(self.is_undervolted(), self._celsius(), self._disk())

    def is_undervolted(self) -> bool | None:
        """Whether the voltage dipped within two seconds; None without a sensor."""
        for folder in (self.sys / "class/hwmon").glob("hwmon*"):
            if _text(folder / "name") == "rpi_volt":
                alarm = _text(folder / "in0_lcrit_alarm")
                return None if alarm is None else alarm != "0"
        return None

    def _celsius(self) -> float | None:
        thousandths = _text(self.sys / "class/thermal/thermal_zone0/temp")
        return int(thousandths) / 1000 if thousandths and re.fullmatch(r"-?[0-9]+", thousandths) else None

    def _disk(self) -> Disk:
        space = os.statvfs(self.data)
        device = self.data.stat().st_dev
        part = (self.sys / f"dev/block/{os.major(device)}:{os.minor(device)}").resolve()
        card = part.parent / "device" if (part / "partition").exists() else part / "device"
        errors = _text(self.sys / "fs/ext4" / part.name / "errors_count")
        return Disk(
            free=space.f_bavail * space.f_frsize,
            reserve=self.reserve,
            is_read_only=bool(space.f_flag & os.ST_RDONLY),
            errors=int(errors) if errors and errors.isdecimal() else None,
            kind=_text(card / "type"),
            life_tenths=_largest(_text(card / "life_time")),
            reserve_state=_largest(_text(card / "pre_eol_info")),
        )


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def _largest(text: str | None) -> int | None:
    """Of numbers such as `0x01 0x02`: eMMC tells of both of its kinds of cells; 0 is not known."""
    found = [int(digits, 16) for digits in _TENTHS.findall(text or "")]
    return max(found) or None if found else None


async def keep_health(
    house: House, machine: Machine, changed: Callable[[], None], *, period_s: float = PERIOD_S, look_s: float = _LOOK_S
) -> None:
    """Looks from time to time, at the supply every two seconds, until it is cancelled.

    `changed` hears when there is something new to show.
    """
    loop = asyncio.get_running_loop()
    due_s = 0.0
    while True:
        if loop.time() >= due_s or machine.is_undervolted():
            due_s = loop.time() + look_s
            if look(house, await asyncio.to_thread(machine.reading)):
                changed()
        await asyncio.sleep(period_s)


def look(house: House, reading: Reading) -> bool:
    """Takes one reading in; whether there is something new to show."""
    before = house.health.shown if house.health else ()
    house.health = judged(house.health, reading, house.now().boottime_ms)
    shown = house.health.shown
    for trouble in Trouble:
        house.note(f"health {trouble}", Fault(trouble.value, TEXTS[trouble]) if trouble in shown else None)
    return shown != before
