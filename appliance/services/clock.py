"""Reads what the machine knows of time, and keeps the box's clock: CLOCK_BOOTTIME, boot id, NTP state, RTC.

`core.clock` decides what a reading means. The system clock counts only while it is synchronised (FORMATS §3).
"""

from __future__ import annotations

import asyncio
import ctypes
import time
import uuid
from pathlib import Path

from appliance.core.clock import Effect
from appliance.core.status import Fault
from appliance.core.time_sources import Rtc
from appliance.stall.boxclock import Readings
from appliance.stall.house import House
from appliance.stall.timekeeping import note_clock

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNCD = Path("/run/systemd/timesync")
_RTCS = Path("/sys/class/rtc")
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_PERIOD_S = 30.0
_FLOOR_S = 300.0
_NAMES = {"ntp": "network", "rtc": "battery clock"}


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), as far as `maxerror`; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),  # microseconds
        ("rest", ctypes.c_byte * 512),
    )


def boottime_ms() -> int:
    """Milliseconds since boot, sleep included."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def boot_id() -> str:
    """The kernel's name for this boot; where there is none (not Linux), a fresh one, as if just booted."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return str(uuid.uuid4())


def ntp_error_s(timesyncd: Path = _TIMESYNCD) -> int | None:
    """How far the system clock may be off, in whole seconds; None while nobody synchronises it.

    The kernel must say so, and timesyncd's flag, where timesyncd runs.
    """
    timex = _Timex()
    state: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    if state in {-1, _TIME_ERROR} or (timesyncd.exists() and not (timesyncd / "synchronized").exists()):
        return None
    return -(-int(timex.maxerror) // 1_000_000)


def rtc(folder: Path = _RTCS) -> Rtc | None:
    """The battery clock's state in sysfs; None where there is none.

    Of several the one that set the system clock, else one that has kept its time: a Pi 5's own is there without a cell.
    """
    found = [clock for path in sorted(folder.glob("rtc[0-9]*")) if (clock := _rtc(path)) is not None]
    return max(
        found, key=lambda clock: (clock.has_set_system, clock.has_power and clock.epoch is not None), default=None
    )


def _rtc(folder: Path) -> Rtc | None:
    name = _line(folder / "name")
    if name is None:
        return None
    return Rtc(
        name,
        _line(folder / "hctosys") == "1",
        _number(folder / "since_epoch"),
        _number(folder / "battery_voltage"),
        _line(folder / "device/name"),
    )


def _line(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:  # a chip whose oscillator has stopped answers so, too
        return None


def _number(path: Path) -> int | None:
    text = _line(path)
    return int(text) if text is not None and text.isascii() and text.isdecimal() else None


MACHINE = Readings(boot_id, boottime_ms, lambda: int(time.time()), ntp_error_s, rtc)


async def keep_clock(house: House) -> None:
    """Listens to the machine from time to time, and every five minutes puts the floor on disk. Until cancelled."""
    due_s = 0.0
    loop = asyncio.get_running_loop()
    while True:
        _listen(house)
        is_due = loop.time() >= due_s
        await note_clock(house, even_so=is_due)
        if is_due:
            due_s = loop.time() + _FLOOR_S
        await asyncio.sleep(_PERIOD_S)


def _listen(house: House) -> None:
    effects = house.clock.read_system()
    for source, name in _NAMES.items():
        is_wrong = effects.get(source) is Effect.REFUSED
        text = f"The time of the {name} cannot be right: later times have passed for certain. It is not used."
        house.note(f"clock {source}", Fault("time-refused", text) if is_wrong else None)
