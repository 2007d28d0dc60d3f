"""Puts onto the boot partition what the first start needs, and last of all the hook that makes it run.

Knows places and their order. A card that is taken out too early starts as if it had never been prepared.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from appliance import settings
from appliance.errors import WorkspaceError
from appliance.files import durable_file, free_space, read_limited, read_secret, write_all, write_durably
from provisioning.card.partition import CMDLINE, FOLDER, MARK, VENDOR_DATA, Partition, Release
from provisioning.hashing import CHUNK, Advance
from provisioning.hotspot import request

HOTSPOT = "stallbox-hotspot.toml"
SCRIPT = f"/boot/firmware/{FOLDER}/first-boot.sh"
BOX_FILES = ("stallbox.toml", "box.key", "owner-card.json")
_SPARE = 8 << 20  # Raspberry Pi OS writes here as well

# As Raspberry Pi Imager does it: no network, no services, one script, and then a start as usual.
_WORDS = f" systemd.run={SCRIPT} systemd.run_success_action=reboot systemd.unit=kernel-command-line.target"
_OURS = re.compile(r" systemd\.run\S*| systemd\.unit=kernel-command-line\.target")

# Vendor data, so that the card's user-data stays the owner's. A bootcmd runs at every start until it is gone, so a
# power cut loses nothing; a runcmd would have its one chance. cloud-init may remember it when the script is gone.
_CLOUD_CONFIG = f"""\
#cloud-config
{MARK}: makes a box of this card at its first start.
bootcmd:
- [sh, -c, "[ ! -e {SCRIPT} ] || exec sh {SCRIPT}"]
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What goes onto the card. `checkout`: the project, for the files that `make install` puts into place."""

    box: Path
    bundles: tuple[Path, ...]
    wheels: tuple[Path, ...]
    checkout: Path

    def files(self) -> Mapping[str, Path]:
        """Path below the card's folder → where it comes from."""
        found = {f"box/{name}": self.box / name for name in BOX_FILES}
        found |= {f"wheels/{wheel.name}": wheel for wheel in self.wheels}
        found["install/constraints.txt"] = self.checkout / "constraints.txt"
        for name, folder in (("install/systemd", self.checkout / "systemd"), *self._drops()):
            found |= {f"{name}/{path.relative_to(folder).as_posix()}": path for path in _plain_files(folder)}
        return found

    def _drops(self) -> Iterator[tuple[str, Path]]:
        for bundle in self.bundles:
            yield f"bundles/{bundle.name}", bundle


def _plain_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def size(load: Load) -> int:
    """Bytes that `write` copies."""
    return sum(path.stat().st_size for path in load.files().values())


def check(load: Load) -> settings.Settings:
    """The box's settings, once all that the first start would refuse is known to hold."""
    if not (load.checkout / "systemd" / "setup").is_file():
        raise WorkspaceError("workspace", f"{load.checkout} is no checkout of stallbox: name one with --checkout.")
    text = read_limited(load.box / "stallbox.toml", 65536, "stallbox.toml").decode()
    read_secret(load.box / "box.key")
    return settings.parse(text)


def write(partition: Partition, load: Load, advance: Advance) -> None:
    """Replaces what an earlier call has written. WorkspaceError, with the card as it was, where it has no room."""
    check(load)
    _check_room(partition, load)
    _unhook(partition)
    if partition.folder.exists():
        shutil.rmtree(partition.folder)
    for name, source in load.files().items():
        _copy(source, partition.folder / name, advance)
    script = resources.files("provisioning.card") / "first-boot.sh"
    write_durably(partition.folder / "first-boot.sh", script.read_bytes(), 0o755)
    if not (partition.path / HOTSPOT).exists():
        write_durably(partition.path / HOTSPOT, request.HELP.encode())
    _hook(partition)
    if hasattr(os, "sync"):
        os.sync()


def _check_room(partition: Partition, load: Load) -> None:
    before = sum(path.stat().st_size for path in _plain_files(partition.folder)) if partition.folder.exists() else 0
    lacking = size(load) + _SPARE - before - free_space(partition.path)
    if lacking > 0:
        raise WorkspaceError(
            "workspace",
            f"The boot partition is {lacking / 1e6:.0f} MB too small for all this. Bring the larger drops on a stick: "
            "--no-bundles leaves them out.",
        )


def _copy(source: Path, target: Path, advance: Advance) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with durable_file(target) as copy, source.open("rb") as original:
        while chunk := original.read(CHUNK):
            write_all(copy, chunk)
            advance(len(chunk))


def _hook(partition: Partition) -> None:
    if partition.release is Release.TRIXIE:
        write_durably(partition.path / VENDOR_DATA, _CLOUD_CONFIG.encode())
        return
    cmdline = partition.path / CMDLINE
    write_durably(cmdline, (cmdline.read_text().strip() + _WORDS + "\n").encode())


def _unhook(partition: Partition) -> None:
    (partition.path / VENDOR_DATA).unlink(missing_ok=True)
    cmdline = partition.path / CMDLINE
    text = cmdline.read_text()
    if _OURS.search(text):
        write_durably(cmdline, _OURS.sub("", text).encode())
