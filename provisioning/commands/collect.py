"""`collect`: take the sales from boxes nearby, with a laptop in their Wi-Fi and without internet."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path

import click

from provisioning import trust
from provisioning.collector import nearby
from provisioning.collector.ingest import Taken
from provisioning.collector.serve import Place
from provisioning.commands.collector import only_cosigner
from provisioning.commands.common import keyring, passphrase_file_option, say, workspace_option
from provisioning.workspace import Workspace

PORT = 8091


@click.command("collect")
@click.option(
    "--dir",
    "folder",
    default=Path("collector"),
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the sales are kept, as of `collector run` (./collector).",
)
@click.option("--port", default=PORT, type=click.IntRange(0, 65535), help="The port that boxes come to (8091).")
@click.option("--once", "is_once", is_flag=True, help="End when every box that was heard has nothing more.")
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The cosigner's key; else the workspace's only one.",
)
@passphrase_file_option
@workspace_option
def collect(
    workspace: Workspace,
    folder: Path,
    port: int,
    is_once: bool,
    key_file: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Take the sales from boxes nearby: join a box's Wi-Fi, or the network that it is on, and run this.

    Example: stallbox-organizer collect --once
    """
    key = keyring(passphrase_file).open(key_file or only_cosigner(workspace))
    chain = trust.chain(workspace)
    names = {box.key.id: box.name for version in chain.versions for box in version.boxes}
    place = Place(folder, (workspace.papers, workspace.folder / "drops"), None, "0.0.0.0", port)  # noqa: S104  # boxes
    asyncio.run(
        nearby.run(
            place,
            key,
            chain.current.organizer,
            told=partial(_tell, names),
            ready=_ready,
            is_once=is_once,
        )
    )


def _ready(address: str) -> None:
    say(f"Boxes may come. The dashboard: {address.replace('0.0.0.0', 'localhost')}")  # noqa: S104  # not a listener


def _tell(names: dict[str, str], box: str, taken: Taken | None) -> None:
    """A line for a box that is here, and for each of its batches."""
    name = names.get(box, box)
    if taken is None:
        say(f"{name} is here.")
        return
    counts = Counter(str(verdict["verdict"]) for verdict in taken.verdicts)
    said = [f"{counts[verdict]} {word}" for verdict, word in _WORDS.items() if counts[verdict]]
    if taken.missing:
        said.append("earlier ones are still missing")
    say(f"{name}: {', '.join(said)}.")


_WORDS = {
    "accepted": "entries are new",
    "duplicate": "were here before",
    "conflict": "are in a case: see the dashboard",
    "rejected": "cannot be read",
}
