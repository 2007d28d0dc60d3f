"""`collector run`: the cloud side, on any machine that boxes can reach."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from appliance.errors import WorkspaceError
from provisioning.collector import serve
from provisioning.collector.serve import Place
from provisioning.commands.common import OrganizerGroup, Refused, keyring, passphrase_file_option, say, workspace_option
from provisioning.workspace import Workspace


@click.group("collector", cls=OrganizerGroup)
def collector_group() -> None:
    """Collect the sales of all boxes, acknowledge them, and show what was sold."""


@collector_group.command("run")
@click.option(
    "--dir",
    "folder",
    default=Path("collector"),
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the collector keeps its database and its login secret (./collector).",
)
@click.option("--listen", "host", default="127.0.0.1", help="The address to listen at (127.0.0.1).")
@click.option("--port", default=serve.PORT, type=click.IntRange(0, 65535), help="The port (8090).")
@click.option(
    "--tls",
    metavar="PEM",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Certificate and key in one file; without it, put a web server with TLS in front.",
)
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The cosigner's key; else the workspace's only one.",
)
@passphrase_file_option
@workspace_option
def run(
    workspace: Workspace,
    folder: Path,
    host: str,
    port: int,
    tls: Path | None,
    key_file: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Take batches from boxes, and show the dashboard.

    Example: stallbox-organizer collector run --dir /var/lib/stallbox-collector
    """
    key = keyring(passphrase_file).open(key_file or only_cosigner(workspace))
    place = Place(folder, (workspace.papers, workspace.folder / "drops"), None, host, port, tls)
    asyncio.run(serve.run(place, key, lambda address: _ready(address, place)))


def only_cosigner(workspace: Workspace) -> Path:
    """The key file of the workspace's cosigner, where there is one alone."""
    found = sorted(workspace.keys.glob("cosigner-*.key"))
    if not found:
        raise WorkspaceError("workspace", "There is no cosigner yet: stallbox-organizer key new cosigner Collector")
    if len(found) > 1:
        raise Refused(f"There are {len(found)} cosigners: name one with --key.")
    return found[0]


def _ready(address: str, place: Place) -> None:
    say(f"The collector is open at {address}")
    say(f"  log in with the secret in {place.secret}")
