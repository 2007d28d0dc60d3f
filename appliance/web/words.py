"""How pages say sizes, times and numbers of things: English now, one function each, so that a language can differ."""

from __future__ import annotations

from datetime import UTC, datetime

from appliance.core.clock import Quality
from appliance.core.status import ClockStatus, Seats

_HAD_TIME = 1_577_836_800  # 2020: a clock that nobody has set counts from 1970
_UNITS = ("kB", "MB", "GB", "TB")

_CLOCKS = {
    Quality.NONE: "The box does not know the time. Sales go on; drops with a sale window ask you once.",
    Quality.FLOOR: "The box only knows that its last known time has passed. Drops with a sale window ask you once.",
    Quality.SIGNED: "The box knows from signed papers that at least this time has passed.",
    Quality.PHONE: "A paired phone has told the time.",
    Quality.RTC: "The time comes from the box’s own clock with a battery.",
    Quality.COSIGNED: "The organizer’s collector has signed the time.",
    Quality.NTP: "The time comes from the network and is good.",
}


def size(count: int) -> str:
    """Bytes for people, decimal units as phones show them: 640 bytes, 4.2 MB, 84 MB."""
    if count < 1000:
        return f"{count} bytes"
    value = float(count)
    for unit in _UNITS:
        value /= 1000
        if value < 999.5 or unit == _UNITS[-1]:
            break
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def duration(seconds: int) -> str:
    """A span in its two largest units, never longer than it is: 2 h, 1 h 58 min, 3 days 4 h."""
    minutes = max(0, seconds) // 60
    hours, days = minutes // 60, minutes // 1440
    if days:
        return _two(f"{days} {'day' if days == 1 else 'days'}", hours % 24, "h")
    if hours:
        return _two(f"{hours} h", minutes % 60, "min")
    return f"{minutes} min" if minutes else "less than a minute"


def took(seconds: int) -> str:
    """How long somebody took: to the second while that tells something."""
    return f"{max(0, seconds)} s" if seconds < 120 else duration(seconds)


def _two(first: str, rest: int, unit: str) -> str:
    return f"{first} {rest} {unit}" if rest else first


def ago(seconds: int) -> str:
    """How long something is past."""
    return "just now" if seconds < 60 else f"{duration(seconds)} ago"


def when(lo: int, now_lo: int) -> str:
    """How long something is past that was noted at `lo`; in so many words where the box had no time to note then."""
    return "before the box had the time" if lo < _HAD_TIME <= now_lo else ago(now_lo - lo)


def count(number: int, one: str, many: str) -> str:
    """`1 file`, `20 files`."""
    return f"{number} {one if number == 1 else many}"


def seats(status: Seats | None) -> str:
    """`7 of 19 places on the Wi-Fi are taken.` Empty where nobody knows."""
    if status is None:
        return ""
    if status.of is None:
        return f"{count(status.taken, 'phone is', 'phones are')} on the Wi-Fi."
    return f"{status.taken} of {status.of} places on the Wi-Fi are taken."


def clock(status: ClockStatus) -> str:
    """The clock's quality in a sentence."""
    return _CLOCKS[Quality(status.quality)]


def clock_span(status: ClockStatus) -> str:
    """Between which moments the time lies: 2026-11-29 22:53:20 to 22:57:20 UTC, or after 2026-11-29 22:53:20 UTC."""
    if not status.lo:
        return ""
    lo, clock = datetime.fromtimestamp(status.lo, UTC), "%H:%M:%S"
    if status.hi is None:
        return f"after {lo:%Y-%m-%d} {lo:{clock}} UTC"
    hi = datetime.fromtimestamp(status.hi, UTC)
    day = "" if hi.date() == lo.date() else f"{hi:%Y-%m-%d} "
    return f"{lo:%Y-%m-%d} {lo:{clock}} to {day}{hi:{clock}} UTC"
