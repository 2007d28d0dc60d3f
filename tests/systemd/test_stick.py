"""The script that mounts sticks, with stand-ins for the programs that it calls."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

STICK = Path(__file__).parents[2] / "systemd" / "stick"
TOOLS = ("mount", "umount", "sync")


@dataclass
class Machine:
    """What `lsblk` and `blkid` tell; `mount`, `umount` and `sync` note how they were called."""

    folder: Path
    path: str

    def tell(self, tool: str, *cases: str) -> None:
        """`cases`: branches of a `case` over the tool's arguments."""
        self._write(tool, 'case "$*" in\n' + "\n".join(cases) + "\nesac\n")

    def note(self, tool: str, more: str = "") -> None:
        self._write(tool, f'echo "{tool} $*" >>"{self.folder}/calls"\n{more}\n')

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": self.path, "STALLBOX_STICKS": str(self.folder / "sticks")}
        command = ["/bin/sh", str(STICK), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=20)

    @property
    def calls(self) -> list[str]:
        noted = self.folder / "calls"
        return noted.read_text().splitlines() if noted.exists() else []

    def _write(self, tool: str, script: str) -> None:
        path = self.folder / "bin" / tool
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Runs from sdb; sda is a stick with a vfat, an exfat, an ext4 and an ntfs partition."""
    (tmp_path / "bin").mkdir()
    made = Machine(tmp_path, f"{tmp_path / 'bin'}:/usr/bin:/bin")
    made.tell("lsblk", *(f"*PKNAME*/dev/{disk}?*) echo {disk} ;;" for disk in ("sda", "sdb")), "*PKNAME*) ;;")
    with (tmp_path / "bin" / "lsblk").open("a") as script:
        sticks = tmp_path / "sticks"
        script.write(f'case "$*" in *MOUNTPOINT*sda) printf "\\n{sticks}/sda2\\n" ;; *MOUNTPOINT*sdb) echo / ;; esac\n')
    kinds = {"sda1": "vfat", "sda2": "exfat", "sda3": "ext4", "sda4": "ntfs"}
    made.tell("blkid", *(f"*/dev/{name}) echo {kind} ;;" for name, kind in kinds.items()), "*) exit 2 ;;")
    for tool in TOOLS:
        made.note(tool)
    return made


OWNED = "nosuid,nodev,noexec,noatime,flush,uid=stallbox,gid=stallbox,umask=077"


@pytest.mark.parametrize(
    ("verb", "name", "options"),
    [
        ("read", "sda1", f"vfat -o ro,{OWNED}"),
        ("write", "sda1", f"vfat -o rw,{OWNED}"),
        ("read", "sda2", f"exfat -o ro,{OWNED.replace('flush,', '')}"),
        ("read", "sda3", "ext4 -o ro,nosuid,nodev,noexec,noatime"),
    ],
)
def test_mounting(machine: Machine, verb: str, name: str, options: str) -> None:
    """No programs, no devices; what has no owners belongs to the box; written only when asked."""
    assert machine.run(verb, name).returncode == 0
    place = machine.folder / "sticks" / name
    assert machine.calls == [f"mount -t {options} /dev/{name} {place}"]
    assert place.is_dir()


@pytest.mark.parametrize("name", ["sda4", "sdz1"])
def test_other_file_systems(machine: Machine, name: str) -> None:
    """A file system that is not expected, or none, is refused."""
    assert machine.run("read", name).returncode == 1
    assert machine.calls == []


@pytest.mark.parametrize(("name", "may"), [("sda1", True), ("sda", True), ("sdb1", False), ("sdb", False)])
def test_the_disk_of_the_system(machine: Machine, name: str, may: bool) -> None:
    """No partition of a disk that the system runs from may be mounted; another stick's mounts are no hindrance."""
    assert (machine.run("may", name).returncode == 0) == may


@pytest.mark.parametrize("name", ["sda16", "sda0", "sdaa", "../sda1", "sda1/x", "mmcblk0p1", "", "sda1 -o exec"])
def test_names(machine: Machine, name: str) -> None:
    """Anything but the name of a partition is refused before a program is called."""
    assert machine.run("read", name).returncode == 1
    assert machine.calls == []


def test_leaving(machine: Machine) -> None:
    """A stick is unmounted, and its folder goes."""
    machine.run("read", "sda1")
    assert machine.run("leave", "sda1").returncode == 0
    place = machine.folder / "sticks" / "sda1"
    assert machine.calls[1:] == [f"umount {place}"]
    assert not place.exists()


def test_leaving_a_busy_stick(machine: Machine) -> None:
    """A stick in use is written out and unmounted lazily, even where it was pulled out and can do neither."""
    machine.note("umount", '[ "$1" = -l ]')
    machine.note("sync", "exit 1")
    machine.run("read", "sda1")
    assert machine.run("leave", "sda1").returncode == 0
    place = machine.folder / "sticks" / "sda1"
    assert machine.calls[1:] == [f"umount {place}", f"sync -f {place}", f"umount -l {place}"]
