"""Which disks are mounted where, read from the text of /proc/self/mountinfo (proc_pid_mountinfo(5)). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OCTAL = re.compile(r"\\([0-7]{3})")
_DISK = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount. `number` is its own while it lasts; a later mount may get it again. `disk`: major and minor."""

    number: int
    disk: tuple[int, int]
    place: str
    source: str
    kind: str  # of file system
    is_read_only: bool


def read(text: str) -> tuple[Mount, ...]:
    """All mounts, the oldest first. A line of another form, as a later kernel may write it, is left out."""
    return tuple(mount for line in text.splitlines() if (mount := _line(line)) is not None)


def under(mounts: tuple[Mount, ...], folder: str) -> dict[str, Mount]:
    """Those that lie directly in `folder`, by name; of several at one place the last, which covers the others."""
    head = folder.rstrip("/") + "/"
    found = {}
    for mount in mounts:
        name = mount.place.removeprefix(head)
        if mount.place.startswith(head) and name and "/" not in name:
            found[name] = mount
    return found


def _line(line: str) -> Mount | None:
    before, separator, after = line.partition(" - ")
    mine, theirs = before.split(" "), after.split(" ")
    disk = _DISK.fullmatch(mine[2]) if separator and len(mine) >= 6 and len(theirs) >= 3 else None
    if disk is None or not mine[0].isdecimal():
        return None
    options = {*mine[5].split(","), *theirs[2].split(",")}
    return Mount(
        int(mine[0]), (int(disk[1]), int(disk[2])), _plain(mine[4]), _plain(theirs[1]), theirs[0], "ro" in options
    )


def _plain(text: str) -> str:
    """The kernel writes space, tab, line end and backslash of a path in octal."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
