"""A machine whose clocks a test sets: boot id, CLOCK_BOOTTIME, system clock, NTP."""

from __future__ import annotations

import uuid

from appliance.stall.boxclock import Readings
from tests.organizer import DAY, NOW


class Hardware:
    """The machine's clocks, as a test sets them."""

    def __init__(self) -> None:
        self.truth = NOW + DAY
        self.wall = self.truth
        self.ntp_error_s: int | None = 1
        self.boot = str(uuid.uuid4())
        self.ms = 60_000

    def pass_time(self, seconds: int) -> None:
        self.truth += seconds
        self.wall += seconds
        self.ms += seconds * 1000

    def boot_again(self, wall: int, ntp_error_s: int | None) -> None:
        self.boot, self.ms, self.wall, self.ntp_error_s = str(uuid.uuid4()), 30_000, wall, ntp_error_s

    @property
    def readings(self) -> Readings:
        return Readings(
            boot_id=lambda: self.boot,
            boottime_ms=lambda: self.ms,
            wall=lambda: self.wall,
            ntp_error_s=lambda: self.ntp_error_s,
            rtc=lambda: None,
        )
