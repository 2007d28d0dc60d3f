"""What may be ordered, as text and as facts. Pure.

An order is one line: a verb and its arguments, each out of a fixed set, a digest, or a number in bounds. No argument
is a path, a unit or a command, so nothing that is ordered can name a thing that is not meant.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from enum import StrEnum

MAX_LINE = 128  # bytes, the line's end included
EARLIEST, LATEST = 1_767_225_600, 4_102_444_800  # 2026-01-01 and 2100-01-01: no clock is set outside
STICKS = frozenset(f"sd{disk}{part or ''}" for disk in string.ascii_lowercase for part in range(16))

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SECONDS = re.compile(r"[1-9][0-9]{9}")


class RefusedError(Exception):
    """An order that is not carried out; its text is a sentence for whoever gave it."""


class Mode(StrEnum):
    """How a stick is mounted."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class ApplyHotspot:
    """Make the network as stallbox.toml says, if that is still the file with this SHA-256."""

    digest: str


@dataclass(frozen=True, slots=True)
class SetClock:
    """Set the system's clock to these Unix seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class PowerOff:
    """Shut the machine down."""


@dataclass(frozen=True, slots=True)
class Mount:
    """Mount a stick, named as in `STICKS`, or mount it anew in the other mode."""

    stick: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class Eject:
    """Write a stick out and unmount it."""

    stick: str


@dataclass(frozen=True, slots=True)
class RestartAccessPoint:
    """Start the hotspot's radio anew: every phone has to join again."""


Order = ApplyHotspot | SetClock | PowerOff | Mount | Eject | RestartAccessPoint


def parse(line: bytes) -> Order:
    """The order in a line with its end. RefusedError for anything that `render` would not have written."""
    try:
        words = line.decode("ascii").split(" ")
    except UnicodeDecodeError as error:
        raise RefusedError("An order is plain text.") from error
    if len(line) > MAX_LINE or not words[-1].endswith("\n"):
        raise RefusedError(f"An order is one line of at most {MAX_LINE} bytes.")
    words[-1] = words[-1][:-1]
    match words:
        case ["apply-hotspot", digest] if _DIGEST.fullmatch(digest):
            return ApplyHotspot(digest)
        case ["set-clock", seconds] if _SECONDS.fullmatch(seconds) and EARLIEST <= int(seconds) < LATEST:
            return SetClock(int(seconds))
        case ["power-off"]:
            return PowerOff()
        case ["mount", stick, ("read" | "write") as mode] if stick in STICKS:
            return Mount(stick, Mode(mode))
        case ["eject", stick] if stick in STICKS:
            return Eject(stick)
        case ["restart-access-point"]:
            return RestartAccessPoint()
        case _:
            raise RefusedError("This is no order, or its arguments are none that it takes.")


def render(order: Order) -> bytes:
    """The line of an order."""
    return " ".join(_words(order)).encode() + b"\n"


def _words(order: Order) -> tuple[str, ...]:
    match order:
        case ApplyHotspot(digest):
            return "apply-hotspot", digest
        case SetClock(seconds):
            return "set-clock", str(seconds)
        case PowerOff():
            return ("power-off",)
        case Mount(stick, mode):
            return "mount", stick, mode
        case Eject(stick):
            return "eject", stick
        case RestartAccessPoint():
            return ("restart-access-point",)
