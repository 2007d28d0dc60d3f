"""What a box says of itself, as lines: facts in, lines out. Looks at nothing.

`Told.status` is the API's answer; what only a running box can know is not judged where it stands still.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.settings import Settings
from provisioning.doctor.asking import Told
from provisioning.doctor.line import Line, fail, ok, warn

DAY_S = 86_400
SOON_S = 14 * DAY_S
STALE_S = 7 * DAY_S
_SURE = frozenset({"phone", "rtc", "cosigned", "ntp"})
_SAID_ELSEWHERE = frozenset({"clock", "seats-taken", "undervoltage", "warm", "hot", "disk-read-only", "disk-low"})
_WORN = frozenset({"disk-errors", "disk-worn"})
_BY = {
    "signed": "signed papers alone",
    "phone": "a paired phone",
    "rtc": "the battery clock",
    "cosigned": "the collector",
    "ntp": "the network",
}
_DOUBTS = {
    "stopped": ("cannot be read: its cell was empty", "Put a new cell in, and set it once: sudo hwclock --systohc"),
    "no-battery": ("has no charged cell", "Plug the cell in and write dtparam=rtc_bbat_vchg=3000000 into config.txt."),
    "unused": (
        "did not set the system clock",
        "Start the machine anew; beside a Pi 5's own clock write dtparam=rtc=off into config.txt.",
    ),
    "behind": ("is behind times that have passed for certain", "Set it once: sudo hwclock --systohc"),
    "differs": ("is not what the system clock says", "Set it once the time is right: sudo hwclock --systohc"),
}

Status = Mapping[str, Any]


def box_lines(told: Told) -> list[Line]:
    """All that the box itself knows, in the order of the table."""
    status = told.status
    return [
        _disk(status),
        _clock(status),
        *_battery(status),
        _papers(status),
        _drops(status),
        _power(status),
        _heat(status),
        _synced(status),
        _mirror(status, told.is_running),
        *_others(status),
    ]


def seats(told: Told) -> Line:
    """Places on the Wi-Fi."""
    found = told.status["seats"]
    if found is None:
        return ok("seats", "not counted" if told.is_running else "not counted while the box is stopped")
    of = found["of"]
    text = f"{found['taken']} of {of} taken" if of else f"{found['taken']} taken; how many there are is not known"
    if of and found["taken"] >= of:
        return warn("seats", text, "Ask those who have their files to leave the Wi-Fi.")
    return ok("seats", text)


def name(settings: Settings, told: Told) -> Line:
    """Under which name the network finds the box."""
    if not settings.announce:
        return ok("name", "not announced: it is switched off")
    announced = told.status["announced"]
    if announced is None:
        return ok("name", "not announced: no network to be found in" if told.is_running else "not announced: stopped")
    return ok("name", f"announced as “{announced}”")


def _disk(status: Status) -> Line:
    machine = status["machine"]
    if machine is None:
        return ok("disk", "not looked at")
    disk = machine["disk"]
    free = f"{disk['free'] / 1e9:.1f} GB free"
    if disk["read_only"]:
        return fail("disk", "can only be read any more", "Carry on with a spare box; this card is probably failing.")
    if disk["free"] < disk["reserve"] // 2:
        return warn("disk", free, "Export the log, and bring no more drops to this box.")
    if found := [fault["text"] for fault in status["faults"] if fault["code"] in _WORN]:
        return warn("disk", free + ", but it is wearing out", found[0])
    return ok("disk", free + ("; an SD card does not tell how worn it is" if disk["kind"] == "SD" else ""))


def _clock(status: Status) -> Line:
    clock = status["clock"]
    quality = clock["quality"]
    if quality in _SURE:
        return ok("clock", f"known by {_BY[quality]}")
    text = "not before what signed papers say" if quality == "signed" else "not known since the box was started"
    return warn("clock", text, "Tap “Use this phone’s time” under Box on the console, or add a battery clock.")


def _battery(status: Status) -> list[Line]:
    battery = status["battery_clock"]
    if battery is None:
        return [ok("battery clock", "none")]
    if battery["doubt"] is None:
        return [ok("battery clock", battery["kind"])]
    text, fix = _DOUBTS[battery["doubt"]]
    return [warn("battery clock", f"{battery['kind']}: {text}", fix)]


def _papers(status: Status) -> Line:
    papers = status["papers"]
    if papers is None:
        return fail("papers", "no trust document holds", "Bring the organizer's newest bundle.")
    left_s = papers["expires"] - status["clock"]["lo"]
    if left_s <= 0:
        return fail("papers", "some have expired", "Bring the organizer's newest bundle.")
    text = f"trust document {papers['trust']}; the first to expire does in {_days(left_s)}"
    return warn("papers", text, "Bring the organizer's newest bundle.") if left_s < SOON_S else ok("papers", text)


def _drops(status: Status) -> Line:
    drops = status["drops"]
    if not drops:
        return fail("drops", "none", "Put a bundle into the inbox, or plug a stick with one in.")
    text = ", ".join(
        f"{drop['title']} ({'any number' if drop['left'] is None else drop['left']} left)" for drop in drops
    )
    if blocked := sum(drop["blocked"] for drop in drops):
        return warn("drops", f"{text}; {blocked} numbers are blocked", "Say under Box on the console what was sold.")
    if all(drop["left"] == 0 for drop in drops):
        return warn(
            "drops", f"{text}: nothing is left to sell", "Bring another drop, or an allotment with more numbers."
        )
    return ok("drops", text)


def _power(status: Status) -> Line:
    dipped = any(fault["code"] == "undervoltage" for fault in status["faults"])
    undervolted = status["machine"]["undervolted"] if status["machine"] else None
    if dipped or undervolted:
        fix = "Use the supply made for this Pi and a short, thick cable."
        return warn("power", "the voltage dips, now or in the last ten minutes", fix)
    return ok("power", "not measured: this board has no sensor" if undervolted is None else "the voltage holds")


def _heat(status: Status) -> Line:
    celsius = status["machine"]["celsius"] if status["machine"] else None
    codes = {fault["code"] for fault in status["faults"]}
    if celsius is None:
        return ok("temperature", "not measured")
    if codes & {"warm", "hot"}:
        return warn("temperature", f"{celsius:.0f} °C", "Put the box into the shade and give it air.")
    return ok("temperature", f"{celsius:.0f} °C")


def _synced(status: Status) -> Line:
    count, oldest_s = status["unsynced"]["count"], status["unsynced"]["oldest_s"]
    if not count:
        return ok("synced", "everything")
    text = f"{count} entries are not, the oldest for {_days(oldest_s)}"
    return warn("synced", text, "Take them to the organizer on a stick.") if oldest_s > STALE_S else ok("synced", text)


def _mirror(status: Status, is_running: bool) -> Line:
    mirror = status["mirror"]
    if mirror is None:
        return ok("mirror", "no stick is set up for it" if is_running else "not looked at while the box is stopped")
    match mirror["state"]:
        case "kept":
            return ok("mirror", "has everything")
        case "behind":
            return warn("mirror", f"lacks {mirror['behind']} entries", "Leave the stick in until it has them.")
        case "without":
            return warn("mirror", "is missing, and you said to go on", "Plug the mirror stick in again.")
        case _:
            judged = fail if mirror["sync"] else warn
            return judged("mirror", "is missing", "Plug the mirror stick in, or say on the console to go on without.")


def _others(status: Status) -> list[Line]:
    """What the box's screen shows beside all this; its sentences say themselves what to do."""
    said = _SAID_ELSEWHERE | _WORN
    return [warn("said", "on the screen", fault["text"]) for fault in status["faults"] if fault["code"] not in said]


def _days(seconds: int) -> str:
    days, hours = seconds // DAY_S, seconds // 3600
    return f"{days} days" if days > 1 else f"{hours} hours" if hours > 1 else "less than two hours"
