"""How pages say amounts, sizes, times and numbers of things, in the language of the request.

Numbers, money and times of day follow CLDR; words for units stand in the catalogues, since CLDR's are too long for a
phone in some languages and absent in others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from babel.dates import format_skeleton
from babel.numbers import format_decimal

from appliance.core.clock import Quality
from appliance.core.money import format_money
from appliance.core.status import ClockStatus, Seats
from appliance.weblib.locales import language
from appliance.weblib.speech import gettext as _
from appliance.weblib.speech import later
from appliance.weblib.speech import ngettext as _n

_HAD_TIME = 1_577_836_800  # 2020: a clock that nobody has set counts from 1970
_STEP = 1000
_CLDR = {"pt": "pt_PT"}

_SIZES: Sequence[str] = (
    later("%(number)s kB"),
    later("%(number)s MB"),
    later("%(number)s GB"),
    later("%(number)s TB"),
)

_CLOCKS = {
    Quality.NONE: later("The box does not know the time. Sales go on; drops with a sale window ask you once."),
    Quality.FLOOR: later(
        "The box only knows that its last known time has passed. Drops with a sale window ask you once."
    ),
    Quality.SIGNED: later("The box knows from signed papers that at least this time has passed."),
    Quality.PHONE: later("A paired phone has told the time."),
    Quality.RTC: later("The time comes from the box’s own clock with a battery."),
    Quality.COSIGNED: later("The organizer’s collector has signed the time."),
    Quality.NTP: later("The time comes from the network and is good."),
}


def _locale() -> str:
    """CLDR's name of the language as our catalogues write it."""
    return _CLDR.get(language(), language())


def money(amount: int, currency: str) -> str:
    """Minor units as the page's language writes them."""
    return format_money(amount, currency, _locale())


def number(value: float, digits: int = 0) -> str:
    """A number with `digits` after the point."""
    return format_decimal(value, format=f"#,##0.{'0' * digits}" if digits else "#,##0", locale=_locale())


def size(count: int) -> str:
    """Bytes for people, decimal units as phones show them: 640 bytes, 4.2 MB, 84 MB."""
    if count < _STEP:
        return _n("%(count)s byte", "%(count)s bytes", count) % {"count": count}
    value = float(count)
    for unit in _SIZES:
        value /= _STEP
        if value < 999.5 or unit == _SIZES[-1]:
            break
    return _(unit) % {"number": number(value, 1 if value < 9.95 else 0)}


def duration(seconds: int) -> str:
    """A span in its two largest units, never longer than it is: 2 h, 1 h 58 min, 3 days 4 h."""
    minutes = max(0, seconds) // 60
    hours, days = minutes // 60, minutes // 1440
    if days:
        return _two(_n("%(count)s day", "%(count)s days", days) % {"count": days}, _hours(hours % 24))
    if hours:
        return _two(_hours(hours), _minutes(minutes % 60))
    return _minutes(minutes) or _("less than a minute")


def took(seconds: int) -> str:
    """How long somebody took: to the second while that tells something."""
    return _("%(count)s s") % {"count": max(0, seconds)} if seconds < 120 else duration(seconds)


def wait(seconds: int) -> str:
    """About how long something will take; nobody is promised a second."""
    if seconds < 10:
        return _("a few seconds")
    if seconds < 90:
        return _("about %(count)s s") % {"count": -(-seconds // 10) * 10}
    return _("about %(duration)s") % {"duration": duration(seconds + 59)}


def _hours(count: int) -> str:
    return _("%(count)s h") % {"count": count} if count else ""


def _minutes(count: int) -> str:
    return _("%(count)s min") % {"count": count} if count else ""


def _two(first: str, rest: str) -> str:
    return _("%(first)s %(rest)s") % {"first": first, "rest": rest} if rest else first


def time(moment: datetime) -> str:
    """The time of day on the 24-hour clock: nobody at a stall shall wonder which half of the day is meant."""
    return format_skeleton("Hm", moment, locale=_locale())


def day(moment: datetime) -> str:
    """The day of the month, without the year."""
    return format_skeleton("MMMd", moment, locale=_locale())


def ago(seconds: int) -> str:
    """How long something is past."""
    return _("just now") if seconds < 60 else _("%(duration)s ago") % {"duration": duration(seconds)}


def when(lo: int, now_lo: int) -> str:
    """How long something is past that was noted at `lo`; in so many words where the box had no time to note then."""
    return _("before the box had the time") if lo < _HAD_TIME <= now_lo else ago(now_lo - lo)


def seats(status: Seats | None) -> str:
    """`7 of 19 places on the Wi-Fi are taken.` Empty where nobody knows."""
    if status is None:
        return ""
    if status.of is None:
        said = _n("%(count)s phone is on the Wi-Fi.", "%(count)s phones are on the Wi-Fi.", status.taken)
        return said % {"count": status.taken}
    return _("%(taken)s of %(all)s places on the Wi-Fi are taken.") % {"taken": status.taken, "all": status.of}


def clock(status: ClockStatus) -> str:
    """The clock's quality in a sentence."""
    return _(_CLOCKS[Quality(status.quality)])


def clock_span(status: ClockStatus) -> str:
    """Between which moments the time lies: 2026-11-29 22:53:20 to 22:57:20 UTC, or after 2026-11-29 22:53:20 UTC."""
    if not status.lo:
        return ""
    lo, clock = datetime.fromtimestamp(status.lo, UTC), "%H:%M:%S"
    if status.hi is None:
        return _("after %(moment)s UTC") % {"moment": f"{lo:%Y-%m-%d} {lo:{clock}}"}
    hi = datetime.fromtimestamp(status.hi, UTC)
    day = "" if hi.date() == lo.date() else f"{hi:%Y-%m-%d} "
    span = {"from": f"{lo:%Y-%m-%d} {lo:{clock}}", "to": f"{day}{hi:{clock}}"}
    return _("%(from)s to %(to)s UTC") % span
