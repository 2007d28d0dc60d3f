"""Debian roots for tests: made with mmdebstrap out of this machine's own package sources, entered by chroot."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
INCLUDED = ("make", "python3-venv", "systemd", "udev", "network-manager", "dnsmasq-base", "nftables", "iw")


@dataclass(frozen=True)
class Root:
    """A Debian root with this checkout in /checkout and the wheels that it needs in /wheels."""

    path: Path

    def run(self, script: str, *, expect: int = 0) -> str:
        """What a shell script prints in there, with processes and a loopback network of its own."""
        enter = f"mount -t proc proc {self.path}/proc && ip link set lo up && exec chroot {self.path} /bin/sh -euc "
        command = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        done = subprocess.run(
            [*command, "/bin/sh", "-c", enter + '"$1"', "enter", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == expect, done.stdout
        return done.stdout

    def files(self) -> set[str]:
        """Every path outside of what changes by itself."""
        listed = self.run("find / -xdev \\( -path /proc -o -path /checkout -o -path /wheels \\) -prune -o -print")
        return {path for path in listed.splitlines() if "__pycache__" not in path}


def make_root(suite: str, python: str, folder: Path, *more: str) -> Root:
    """A root of this Debian release, whose Python has this version, with `more` packages."""
    path = folder / suite
    include = f"--include={','.join((*INCLUDED, *more))}"
    quietly(["mmdebstrap", "--mode=root", "--variant=apt", include, suite, str(path), *_sources(suite, folder)])
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, tracked.split("\0")):
        if (PROJECT / name).is_file() and not name.startswith(("tests/", "docs/")):
            target = path / "checkout" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, target)
    fetch_wheels(path / "wheels", python)
    return Root(path)


def fetch_wheels(folder: Path, python: str) -> None:
    """stallbox and everything it needs on this kind of machine, as wheels for this Python."""
    pip = [sys.executable, "-m", "pip"]
    machine = platform.machine()
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(5, 37)]
    platforms = [f"--platform={tag}" for tag in (*tags, f"manylinux2014_{machine}", f"linux_{machine}")]
    quietly([*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(PROJECT)])
    quietly([
        *(*pip, "download", "--quiet", "--only-binary=:all:", "--python-version", python, *platforms),
        *("--find-links", str(folder), "--constraint", str(PROJECT / "constraints.txt"), "--dest", str(folder)),
        "stallbox",
    ])  # fmt: skip


def _sources(suite: str, folder: Path) -> list[str]:
    """This machine's own lists of package sources, with the release swapped."""
    here = platform.freedesktop_os_release()["VERSION_CODENAME"]
    found = [*Path("/etc/apt").glob("sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    made = []
    for path in found:
        if path.suffix in {".list", ".sources"} and re.search(rf"\b{here}\b", path.read_text()):
            copy = folder / f"{suite}-{path.name}"
            copy.write_text(re.sub(rf"\b{here}\b", suite, path.read_text()))
            made.append(str(copy))
    return made


def quietly(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
