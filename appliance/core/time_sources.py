"""What each source of time may say: its reading in, a word for the clock out, or nothing where it is not believed.

FORMATS §3 (hi), §5 (names of sources). What a word does is `clock`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.core.clock import Quality, Word

PHONE_S = 120
RTC_S = 5
NTP_S = 1  # at least
BATTERY_UV = 2_500_000  # a Pi 5's cell below this does not keep time


@dataclass(frozen=True, slots=True)
class Rtc:
    """What /sys/class/rtc says of one clock. `epoch` None: it cannot be read, as after its oscillator has stopped."""

    name: str
    has_set_system: bool  # hctosys: the kernel took the system clock from it at boot
    epoch: int | None
    battery_uv: int | None  # None: this kind does not say
    chip: str | None = None  # as its overlay names it: "ds3231"

    @property
    def is_pi5s(self) -> bool:
        """Whether it is the clock that every Pi 5 has, with a battery or without."""
        return "rpi" in self.name

    @property
    def kind(self) -> str:
        """For people. Many chips share a driver, so its name is only for those that do not tell their own."""
        if self.is_pi5s:
            return "the Pi 5's own"
        return self.chip.upper() if self.chip else self.name.partition(" ")[0].removeprefix("rtc-").upper()

    @property
    def has_power(self) -> bool:
        """A Pi 5's clock is there without a battery, too, so its voltage decides; others fail to read instead."""
        return not self.is_pi5s or (self.battery_uv or 0) >= BATTERY_UV


class Doubt(StrEnum):
    """Why a battery clock is not believed."""

    STOPPED = "stopped"  # it cannot be read: with most chips the mark of a cell that has been empty
    NO_BATTERY = "no-battery"
    UNUSED = "unused"  # the kernel did not set the system clock from it
    BEHIND = "behind"  # later times have passed for certain
    DIFFERS = "differs"  # from the system clock


def phone(time: int) -> Word:
    """A paired phone's time, which its owner sent with a tap."""
    return Word("phone", Quality.PHONE, time - PHONE_S, time + PHONE_S)


def ntp(wall: int, error_s: int) -> Word:
    """The system clock while it is synchronised, cut to seconds. `error_s`: the kernel's maxerror, rounded up."""
    error_s = max(NTP_S, error_s)
    return Word("ntp", Quality.NTP, wall - error_s, wall + 1 + error_s)


def doubt(reading: Rtc, wall: int, lo: int) -> Doubt | None:
    """Why this battery clock is not believed; None where it is.

    Never for being there: it must have power, have set the system clock and still agree with it, and not lie behind
    what has passed.
    """
    if reading.epoch is None:
        return Doubt.STOPPED
    if not reading.has_power:
        return Doubt.NO_BATTERY
    if not reading.has_set_system:
        return Doubt.UNUSED
    if reading.epoch < lo:
        return Doubt.BEHIND
    return Doubt.DIFFERS if abs(reading.epoch - wall) >= RTC_S else None


def rtc(reading: Rtc | None, wall: int, lo: int) -> Word | None:
    """The battery clock, where there is one and nothing speaks against it (`doubt`)."""
    if reading is None or reading.epoch is None or doubt(reading, wall, lo) is not None:
        return None
    return Word("rtc", Quality.RTC, reading.epoch - RTC_S, reading.epoch + RTC_S)


def paper(kind: str, issued: int) -> Word:
    """A paper that the root signed: when it was issued has passed."""
    return Word(f"paper:{kind}", Quality.SIGNED, issued)


def reset(n: int, issued: int) -> Word:
    """A `clock-reset` paper."""
    return Word(f"reset:{n}", Quality.SIGNED, issued)


def token(issuer: str, issued: int, limit: int) -> Word:
    """A redeemed token of an issuer whose `time` is true; `limit`: how far issuers may push (`Clock.issuers_limit`)."""
    return Word(f"token:{issuer}", Quality.SIGNED, min(issued, limit))


def cosignature(timestamp: int, round_trip_ms: int | None) -> Word:
    """A cosigner's timestamp; `round_trip_ms` None where it did not come in answer to our own request (by stick)."""
    hi = None if round_trip_ms is None else timestamp + 1 + -(-round_trip_ms // 1000)
    return Word("cosignature", Quality.COSIGNED, timestamp, hi)
