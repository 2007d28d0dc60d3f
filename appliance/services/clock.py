"""Reads what the machine knows of time and keeps the box's clock: CLOCK_BOOTTIME, boot id, the kernel's NTP state.

`core.clock` decides what a reading means. The system clock counts only while it is synchronised (FORMATS §3).
"""

from __future__ import annotations

import asyncio
import ctypes
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from appliance.core.clock import Clock, Quality, Stamp, starting

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIMESYNCD = Path("/run/systemd/timesync/synchronized")
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_PERIOD_S = 30.0
_MIN_ERROR_S = 1


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


def ntp_error_s() -> int | None:
    """How far the system clock may be off, in whole seconds; None while nobody synchronises it."""
    timex = _Timex()
    state: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    if state in {-1, _TIME_ERROR} and not _TIMESYNCD.exists():
        return None
    return max(_MIN_ERROR_S, -(-int(timex.maxerror) // 1_000_000))


class BoxClock:
    """The clock of this process. `now()` is cheap and may be called from any thread."""

    def __init__(self, floor: int) -> None:
        self._clock = starting(floor, boot_id(), boottime_ms())
        self.read_system()

    def now(self) -> Stamp:
        return self._clock.at(boottime_ms())

    def read_system(self) -> Clock:
        """Listens to the system clock if it is synchronised; the clock as it is then."""
        error = ntp_error_s()
        if error is not None:
            wall = int(time.time())
            self._clock = self._clock.told(Quality.NTP, wall - error, wall + 1 + error, boottime_ms())
        return self._clock

    def hear_paper(self, issued: int) -> None:
        """A root paper was issued at this moment, so it has passed (FORMATS §3)."""
        if issued > self.now().lo:
            self._clock = self._clock.told(Quality.SIGNED, issued, None, boottime_ms())


async def keep_clock(clock: BoxClock, changed: Callable[[Stamp, Stamp], object]) -> None:
    """Reads the system clock from time to time; `changed(before, after)` hears of a new quality."""
    while True:
        before = clock.now()
        clock.read_system()
        after = clock.now()
        if after.quality is not before.quality:
            changed(before, after)
        await asyncio.sleep(_PERIOD_S)
