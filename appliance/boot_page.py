"""Draws the boot page on one framebuffer and ends: `python -m appliance.boot_page fb0`, early in the boot.

It imports what a picture and the settings need and nothing more; the daemon takes several times as long to load.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from appliance import settings as settings_file
from appliance.devices import console
from appliance.devices.framebuffer import SYSFS
from appliance.devices.opening import open_framebuffer
from appliance.errors import DeviceError, SettingsError, StallboxError
from appliance.screens.plain import SWITCHED_ON, boot_frame
from appliance.settings import Settings

_STDIN = 0


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the box's data is, what the daemon keeps while the machine runs, devices and what is told of them."""

    data: Path
    runtime: Path = Path("/run/stallbox")
    devices: Path = Path("/dev")
    sysfs: Path = SYSFS


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 also where the settings name no such display, 1 after a sentence about what is wrong."""
    if len(arguments) != 1:
        _say("Say which framebuffer: python -m appliance.boot_page fb0")
        return 2
    try:
        draw(arguments[0], Machine(Path(os.environ.get("STALLBOX_DIR", "/var/lib/stallbox"))), _STDIN)
    except StallboxError as refusal:
        _say(refusal.detail)
        return 1
    return 0


def draw(name: str, machine: Machine, terminal: int) -> None:
    """Takes the console away from the monitor `name`, and draws the page there unless the stall has opened already.

    Nothing is done to a monitor that the settings do not name. SettingsError, or DeviceError from the monitor.
    """
    settings = _settings(machine.data)
    for place, display in enumerate(settings.displays, start=1):
        if display.kind == "fb" and Path(display.device).name == name:
            _move_console(terminal)
            if not _has_opened(machine.runtime):
                found = replace(display, device=str(machine.devices / name))
                monitor = open_framebuffer(found, place, machine.sysfs)
                monitor.show(boot_frame(settings.name, monitor.size, monitor.mode, SWITCHED_ON))


def _settings(data: Path) -> Settings:
    try:
        text = (data / "stallbox.toml").read_text()
    except OSError as error:
        raise SettingsError("settings", f"The settings in {data} cannot be read: {error.strerror}.") from error
    return settings_file.parse(text)


def _has_opened(runtime: Path) -> bool:
    """Whether the daemon has kept anything since the machine was switched on; its folder alone is systemd's."""
    try:
        return any(runtime.iterdir())
    except OSError:
        return False


def _move_console(terminal: int) -> None:
    """Without it the page is drawn all the same; text may then fall on it."""
    number = console.virtual_terminal(os.fstat(terminal).st_rdev)
    if number is None:
        return
    try:
        console.bring_forward(terminal, number)
    except DeviceError as error:
        _say(error.detail)


def _say(sentence: str) -> None:
    sys.stderr.write(f"stallbox: {sentence}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
