"""What the commands around a collector share: how its folder, its papers and the keys for it are named and found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from appliance.errors import WorkspaceError
from provisioning.collector.serve import DATABASE
from provisioning.commands.common import F, Refused
from provisioning.workspace import Workspace


def dir_option(told: str, *, may_be_file: bool = False) -> Callable[[F], F]:
    """`--dir`; the command receives `folder: Path`."""
    kind = click.Path(path_type=Path, file_okay=may_be_file)
    return click.option("--dir", "folder", default=Path("collector"), type=kind, help=f"{told} (./collector).")


def key_option(whose: str) -> Callable[[F], F]:
    """`--key`; the command receives `key_file: Path | None`."""
    kind = click.Path(path_type=Path, exists=True, dir_okay=False)
    told = f"The {whose}; else the workspace's only one."
    return click.option("--key", "key_file", metavar="FILE", type=kind, help=told)


def papers_of(workspace: Workspace) -> tuple[Path, ...]:
    """The folders that a collector reads its papers from."""
    return (workspace.papers, workspace.folder / "drops")


def database_at(place: Path, advice: str) -> Path:
    """The database in a collector's folder, or the file that was named; refused, with advice, where there is none."""
    path = place if place.is_file() else place / DATABASE
    if not path.is_file():
        raise Refused(f"There is no collector's database at {path}: {advice}.")
    return path


def only_key(workspace: Workspace, role: str, called: str, example: str) -> Path:
    """The key file of that role, where the workspace has one alone."""
    found = sorted(workspace.keys.glob(f"{role}-*.key"))
    if not found:
        raise WorkspaceError("workspace", f"There is no {called} yet: stallbox-organizer key new {role} {example}")
    if len(found) > 1:
        raise Refused(f"There are {len(found)} {called}s: name one with --key.")
    return found[0]


def only_cosigner(workspace: Workspace) -> Path:
    """The key file of the workspace's cosigner, where there is one alone."""
    return only_key(workspace, "cosigner", "cosigner", "Collector")
