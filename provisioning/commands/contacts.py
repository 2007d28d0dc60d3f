"""`contacts export`: the addresses that buyers left, as a table; they are opened here and nowhere else."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.errors import WorkspaceError
from appliance.files import write_durably
from provisioning import contacts
from provisioning.collector.known import read_papers
from provisioning.collector.serve import Place
from provisioning.commands.common import (
    OrganizerGroup,
    Refused,
    answer,
    json_option,
    keyring,
    passphrase_file_option,
    warn,
    workspace_option,
)
from provisioning.workspace import Workspace


@click.group("contacts", cls=OrganizerGroup)
def contacts_group() -> None:
    """The e-mail addresses of buyers who agreed."""


@contacts_group.command("export")
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The contact key; else the workspace's only one.",
)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    default=Path("contacts.csv"),
    type=click.Path(path_type=Path, dir_okay=False),
    help="The table to write, for your eyes only (contacts.csv).",
)
@click.option(
    "--dir",
    "source",
    default=Path("collector"),
    type=click.Path(path_type=Path),
    help="The collector's folder, its database, or an export of everything (./collector).",
)
@passphrase_file_option
@json_option
@workspace_option
def export(
    workspace: Workspace,
    key_file: Path | None,
    target: Path,
    source: Path,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Open the sealed addresses and write them down: one line for each address and drop.

    Example: stallbox-organizer contacts export --key keys/contact-aftercare.key -o contacts.csv
    """
    place = Place(source, (workspace.papers, workspace.folder / "drops"), None)
    path = source if source.is_file() else place.database
    if not path.is_file():
        raise Refused(f"There is no collector's database at {path}: name its folder or an export of it with --dir.")
    held = contacts.held_in(path)
    opened = contacts.open_all(held, keyring(passphrase_file).open_contact(key_file or _only_key(workspace)))
    write_durably(target, contacts.table(opened.left, read_papers(place.papers, place.pin)), 0o600)
    if opened.unopened:
        warn(f"{_counted(opened.unopened)} more, sealed for another key, not opened with this one.")
    answer(
        as_json,
        {"file": str(target), "addresses": len(opened.left), "unopened": opened.unopened},
        f"{target}: {_counted(len(opened.left))}. Keep it like letters: nobody else may read it.",
    )


def _counted(count: int) -> str:
    return "1 address" if count == 1 else f"{count} addresses"


def _only_key(workspace: Workspace) -> Path:
    found = sorted(workspace.keys.glob("contact-*.key"))
    if not found:
        raise WorkspaceError("workspace", "There is no contact key yet: stallbox-organizer key new contact aftercare")
    if len(found) > 1:
        raise Refused(f"There are {len(found)} contact keys: name one with --key.")
    return found[0]
