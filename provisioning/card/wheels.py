"""Which wheels of a folder a box can install, told by their names (PyPA, binary distribution format), and whether they
are enough.

Opens none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path

from appliance.errors import WorkspaceError
from provisioning.card.partition import Release

PROJECT = "stallbox"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_TAG = re.compile(r"cp3(\d+)")
_MANYLINUX = re.compile(r"manylinux_2_(\d+)_(\w+)")
_OLD_MANYLINUX = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}


@dataclass(frozen=True, slots=True)
class Target:
    """A Python 3.`python` on a Linux with glibc 2.`glibc`; `machine` as `uname -m` has it."""

    python: int
    glibc: int
    machine: str


def target(release: Release, machine: str = "aarch64") -> Target:
    """What Raspberry Pi OS of this release has."""
    return Target(11, 36, machine) if release is Release.BOOKWORM else Target(13, 41, machine)


def choose(folder: Path, wanted: Target) -> tuple[Path, ...]:
    """The wheels in `folder` that fit. WorkspaceError with the fix where one that stallbox needs is not among them."""
    found = sorted(path for path in folder.glob("*.whl") if fits(path.name, wanted)) if folder.is_dir() else []
    have = {_normal(path.name.split("-")[0]) for path in found}
    missing = [name for name in (PROJECT, *_needed(requires(PROJECT) or ())) if _normal(name) not in have]
    if missing:
        listed = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
        raise WorkspaceError(
            "workspace",
            f"{folder} has no wheel of {listed} for Python 3.{wanted.python} on {wanted.machine}. "
            "How to get them says: stallbox-organizer card --help",
        )
    return tuple(found)


def _needed(requirements: Iterable[str]) -> list[str]:
    plain = [requirement for requirement in requirements if "extra ==" not in requirement]
    return [match[0] for requirement in plain if (match := _NAME.match(requirement))]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def fits(name: str, wanted: Target) -> bool:
    """Whether `wanted` can install the wheel of this file name."""
    parts = name.removesuffix(".whl").rsplit("-", 3)
    if len(parts) != 4:
        return False
    _, pythons, abis, platforms = parts
    return any(
        _python_fits(python, abis.split("."), wanted.python) and _platform_fits(platform, wanted)
        for python in pythons.split(".")
        for platform in platforms.split(".")
    )


def _python_fits(python: str, abis: list[str], minor: int) -> bool:
    if python == "py3":
        return "none" in abis
    tag = _TAG.fullmatch(python)
    if tag is None:
        return False
    return int(tag[1]) == minor or ("abi3" in abis and int(tag[1]) <= minor)


def _platform_fits(platform: str, wanted: Target) -> bool:
    if platform in {"any", f"linux_{wanted.machine}"}:
        return True
    for old, glibc in _OLD_MANYLINUX.items():
        if platform == f"{old}_{wanted.machine}":
            return glibc <= wanted.glibc
    new = _MANYLINUX.fullmatch(platform)
    return new is not None and new[2] == wanted.machine and int(new[1]) <= wanted.glibc
