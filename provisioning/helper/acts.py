"""Carries an order out: by systemd's and NetworkManager's own tools, so that root's part is to ask them.

Knows which unit belongs to which order. Knows nothing of who ordered it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from provisioning.helper.orders import (
    ApplyHotspot,
    Eject,
    Mode,
    Mount,
    Order,
    PowerOff,
    RefusedError,
    RestartAccessPoint,
    SetClock,
)

HOTSPOT = "stallbox-hotspot"  # NetworkManager's name for the network
_PATIENCE_S = 100  # the hotspot's unit has 90
_MAX_SETTINGS = 64 * 1024
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Means:
    """What an act does to the machine. `run` takes a command that must succeed, `set_clock` Unix seconds."""

    run: Callable[[tuple[str, ...]], None]
    set_clock: Callable[[int], None]
    settings: Path


def carry_out(order: Order, means: Means) -> None:
    """Returns when it is done. RefusedError with the reason where it cannot be."""
    match order:
        case ApplyHotspot(digest):
            if digest != _digest(means.settings):
                raise RefusedError("The settings have changed since: look at them again.")
            means.run(("systemctl", "restart", "stallbox-hotspot.service"))
        case SetClock(seconds):
            means.set_clock(seconds)
        case PowerOff():
            means.run(("systemctl", "--no-block", "poweroff"))
        case Mount(stick, mode):
            means.run(("systemctl", "start", _unit(stick, mode)))
            # A disk that the system runs from is skipped by its unit, and that is no failure to systemctl.
            means.run(("systemctl", "is-active", "--quiet", _unit(stick, mode)))
        case Eject(stick):
            means.run(("systemctl", "stop", *(_unit(stick, mode) for mode in Mode)))
        case RestartAccessPoint():
            means.run(("nmcli", "--wait", "45", "connection", "up", HOTSPOT))


def this_machine(data: Path) -> Means:
    """The real means, with the settings of this data directory."""
    return Means(_run, _set_clock, data / "stallbox.toml")


def _unit(stick: str, mode: Mode) -> str:
    return f"stallbox-usb@{stick}.service" if mode is Mode.READ else f"stallbox-usb-write@{stick}.service"


def _digest(path: Path) -> str:
    """Of a file that is somebody else's: no link is followed, no pipe is waited for, and not much is read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedError(f"The settings cannot be read ({error.strerror}).") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise RefusedError("The settings are no file.")
        data = os.read(descriptor, _MAX_SETTINGS + 1)
    finally:
        os.close(descriptor)
    if len(data) > _MAX_SETTINGS:
        raise RefusedError("The settings are too large.")
    return hashlib.sha256(data).hexdigest()


def _run(command: tuple[str, ...]) -> None:
    environment = {"PATH": _PATH, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603  # every word is ours or out of a fixed set
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RefusedError(f"{command[0]} could not be asked: {error}.") from error
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split()) or f"exit code {done.returncode}"
        raise RefusedError(f"{command[0]} {command[1]} failed: {said}")


def _set_clock(seconds: int) -> None:
    try:
        time.clock_settime(time.CLOCK_REALTIME, seconds)
    except OSError as error:
        raise RefusedError(f"The clock cannot be set ({error.strerror}).") from error
