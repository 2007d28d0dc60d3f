"""`collector run`: the cloud side, on any machine that boxes can reach."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from provisioning.collector import serve
from provisioning.collector.serve import Place
from provisioning.commands.at_collector import dir_option, key_option, only_cosigner, papers_of
from provisioning.commands.common import OrganizerGroup, keyring, passphrase_file_option, say, workspace_option
from provisioning.workspace import Workspace


@click.group("collector", cls=OrganizerGroup)
def collector_group() -> None:
    """Collect the sales of all boxes, acknowledge them, and show what was sold."""


@collector_group.command("run")
@dir_option("Where the collector keeps its database and its login secret")
@click.option("--listen", "host", default="127.0.0.1", help="The address to listen at (127.0.0.1).")
@click.option("--port", default=serve.PORT, type=click.IntRange(0, 65535), help="The port (8090).")
@click.option(
    "--tls",
    metavar="PEM",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Certificate and key in one file; without it, put a web server with TLS in front.",
)
@key_option("cosigner's key")
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
    place = Place(folder, papers_of(workspace), None, host, port, tls)
    asyncio.run(serve.run(place, key, lambda address: _ready(address, place)))


def _ready(address: str, place: Place) -> None:
    say(f"The collector is open at {address}")
    say(f"  log in with the secret in {place.secret}")
