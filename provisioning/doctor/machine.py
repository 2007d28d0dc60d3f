"""Reads what the doctor must know of the machine: radio, boot partition, device files, libraries, services.

Looks and changes nothing. What cannot be read, as on a laptop or without the tool for it, is None or empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from appliance.errors import HotspotError
from provisioning.hotspot import firmware
from provisioning.hotspot.tools import run

_COUNTRY = re.compile(r"^country ([A-Z0-9]{2}):", re.MULTILINE)
_CHANNEL = re.compile(r"^\s*channel (\d+)", re.MULTILINE)
_DEVICES = ("spidev0.0", "i2c-1", "gpiochip0", "fb0")
_BOOT = ("boot/firmware", "boot")  # since bookworm, and before

Run = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Wifi:
    """The box's own radio. `channel` None: it is not an access point just now."""

    is_there: bool
    is_blocked: bool = False  # by a switch of its own, or by the kernel's
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """`config`: the lines of config.txt that count for every board; None where there is no boot partition."""

    model: str | None = None
    country: str | None = None  # in force in the kernel; "00": none is set
    wifi: Wifi | None = None
    firmware: str | None = None  # the file that the radio's link leads to
    config: frozenset[str] | None = None
    cmdline: str = ""
    devices: frozenset[str] = frozenset()  # such as "spidev0.0"
    gpiozero: str | None = None
    has_lgpio: bool = False
    has_helper: bool = False
    service: str | None = None  # as systemd says it: "active", "failed" …; None: there is no systemd

    @property
    def is_pi(self) -> bool:
        return self.model is not None and "Raspberry Pi" in self.model


def look(interface: str | None, root: Path = Path("/"), run: Run = run) -> Machine:
    """The machine below `root`. `interface`: the hotspot's, where it is the box's own radio."""
    boot = next((root / place for place in _BOOT if (root / place / "config.txt").is_file()), None)
    return Machine(
        model=_text(root / "proc/device-tree/model"),
        country=_found(_COUNTRY, run, "iw", "reg", "get"),
        wifi=_wifi(interface, root, run) if interface else None,
        firmware=_link(root / firmware.LINK),
        config=_config((boot / "config.txt").read_text(errors="replace")) if boot else None,
        cmdline=(_text(boot / "cmdline.txt") or "") if boot else "",
        devices=frozenset(name for name in _DEVICES if (root / "dev" / name).exists()),
        gpiozero=_version("gpiozero"),
        has_lgpio=find_spec("lgpio") is not None,  # not imported: it would make a FIFO where we stand
        has_helper=(root / "run/stallbox-helper.sock").is_socket(),
        service=_service(run) if (root / "run/systemd/system").is_dir() else None,
    )


def _wifi(interface: str, root: Path, run: Run) -> Wifi:
    if not (root / "sys/class/net" / interface).exists():
        return Wifi(is_there=False)
    blocks = [
        _text(switch / name)
        for switch in (root / "sys/class/rfkill").glob("rfkill*")
        if _text(switch / "type") == "wlan"
        for name in ("soft", "hard")
    ]
    said = _said(run, "iw", "dev", interface, "info") or ""
    channel = _CHANNEL.search(said) if "type AP" in said else None
    return Wifi(is_there=True, is_blocked="1" in blocks, channel=int(channel[1]) if channel else None)


def _config(text: str) -> frozenset[str]:
    """The lines without blanks and comments; of the sections those for all boards, since a filter may not fit this one.

    `dtparam=a,b` is two lines of one each.
    """
    lines: set[str] = set()
    counts = True
    for line in (raw.partition("#")[0].strip() for raw in text.splitlines()):
        if line.startswith("["):
            counts = line == "[all]"
        elif counts and line.startswith("dtparam="):
            lines |= {f"dtparam={part.strip()}" for part in line.removeprefix("dtparam=").split(",")}
        elif counts and line:
            lines.add(line)
    return frozenset(lines)


def _service(run: Run) -> str | None:
    return _said(run, "systemctl", "show", "--property=ActiveState", "--value", "stallbox.service")


def _found(pattern: re.Pattern[str], run: Run, *command: str) -> str | None:
    match = pattern.search(_said(run, *command) or "")
    return match[1] if match else None


def _said(run: Run, *command: str) -> str | None:
    try:
        return run(*command).strip() or None
    except HotspotError:
        return None  # not installed, or nothing to say of this machine: the line says that it is not known


def _text(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace").strip("\0\n ")
    except OSError:
        return None


def _link(path: Path) -> str | None:
    try:
        return path.readlink().name
    except OSError:
        return None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
