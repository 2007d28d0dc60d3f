"""Boxes with displays of every kind: the makers' own drivers, on a header that is not there.

gpiozero's mock pins read low. That is an idle 4.2 inch panel of Waveshare's, and a 7.5 inch one whose BUSY sticks.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from tests.bench.stalls import HERE, copy_of

FILE = 'kind = "file"\n'
LARGE_FILE = 'kind = "file"\nwidth = 1920\nheight = 1080\n'
MONITOR = 'kind = "fb"\n'
IDLE_PANEL = 'kind = "waveshare:4in2"\n'
STUCK_PANEL = 'kind = "waveshare:7in5"\n'
COLOUR_PANEL = 'kind = "inky"\n'

_DRIVERS = HERE.parents[1] / ".venv-panels-13" / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages"
_DISPLAYS = re.compile(r"\[\[display\]\]\n([a-z]+ = .*\n)*")


def missing(display: str | None) -> str | None:
    """What this machine lacks for a display, and what to do about it; None where it lacks nothing."""
    if display == MONITOR and not Path("/dev/fb0").exists():
        return "this machine has no /dev/fb0"
    if display in {IDLE_PANEL, STUCK_PANEL, COLOUR_PANEL} and not _DRIVERS.exists():
        return "run tests/panels/environments with the Python of .venv"
    return None


def box_with(data: Path, target: Path, display: str | None) -> Path:
    """A fresh stall like `data` with this display, or with none."""
    copy = copy_of(data, target)
    settings = copy / "stallbox.toml"
    table = "" if display is None else f"[[display]]\n{display}"
    settings.write_text(_DISPLAYS.sub("", settings.read_text()) + table)
    return copy


def header() -> dict[str, str]:
    """The variables with which a daemon finds drivers, pins and buses."""
    path = os.pathsep.join(map(str, (HERE.parents[1], HERE / "standins", _DRIVERS)))
    return {"PYTHONPATH": path, "GPIOZERO_PIN_FACTORY": "mock"}
