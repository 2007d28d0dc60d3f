"""The boot partition of a Raspberry Pi OS card, as a laptop sees it: whether it is one, and which release it starts.

Knows its files by name. Writes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.errors import WorkspaceError

FOLDER = "stallbox"
CMDLINE = "cmdline.txt"
VENDOR_DATA = "vendor-data"
USER_DATA = "user-data"
MARK = "# Written by stallbox-organizer"

_RUN = re.compile(r"(?:^|\s)systemd\.run=(\S+)")
_BOOTCMD = re.compile(r"^bootcmd\s*:", re.MULTILINE)


class Release(StrEnum):
    """Debian's name of what the card starts, which decides how its first start can be told something."""

    BOOKWORM = "bookworm"  # the kernel's command line names a script to systemd
    TRIXIE = "trixie"  # cloud-init reads its files on the boot partition


@dataclass(frozen=True, slots=True)
class Partition:
    path: Path
    release: Release

    @property
    def folder(self) -> Path:
        """Where everything of ours lies but the hook."""
        return self.path / FOLDER


def look(path: Path) -> Partition:
    """The partition that shows up at `path`. WorkspaceError where it is none, or where nothing may be added to it."""
    _check_is_boot(path)
    partition = Partition(path, _release(path))
    check = _check_script if partition.release is Release.BOOKWORM else _check_cloud_init
    check(path)
    return partition


def _check_is_boot(path: Path) -> None:
    missing = [name for name in (CMDLINE, "config.txt", "kernel8.img") if not (path / name).is_file()]
    if missing:
        inner = path / "boot" / "firmware"
        hint = " It is the large partition: name the small one, bootfs." if inner.is_dir() else ""
        text = f"{path} is no boot partition of Raspberry Pi OS: it has no {missing[0]}.{hint}"
        raise WorkspaceError("workspace", text)
    if (path / "kernel7.img").exists():
        text = "This is the 32-bit Raspberry Pi OS. Write the 64-bit Raspberry Pi OS Lite onto the card."
        raise WorkspaceError("workspace", text)


def _release(path: Path) -> Release:
    """Since trixie the image has cloud-init's files there from the beginning (pi-gen, stage2/04-cloud-init)."""
    return Release.TRIXIE if (path / "meta-data").exists() else Release.BOOKWORM


def _check_script(path: Path) -> None:
    found = _RUN.search((path / CMDLINE).read_text())
    if found and f"/{FOLDER}/" not in found[1]:
        raise WorkspaceError(
            "workspace",
            f"The first start of this card already runs {found[1]}: write the card anew, and let Raspberry Pi Imager "
            "apply no settings of its own. The box needs none of them.",
        )


def _check_cloud_init(path: Path) -> None:
    others = path / VENDOR_DATA
    if others.exists() and MARK not in others.read_text():
        raise WorkspaceError("workspace", f"{others} belongs to somebody else: write the card anew.")
    if (path / USER_DATA).exists() and _BOOTCMD.search((path / USER_DATA).read_text()):
        text = f"{path / USER_DATA} has a bootcmd of its own, which would win over the box's: take it out."
        raise WorkspaceError("workspace", text)
