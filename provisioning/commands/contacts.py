"""`contacts export`: the addresses that buyers left, as a table; they are opened here and nowhere else."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.files import write_durably
from provisioning import contacts
from provisioning.collector.known import read_papers
from provisioning.commands.at_collector import database_at, dir_option, key_option, only_key, papers_of
from provisioning.commands.common import (
    OrganizerGroup,
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
@key_option("contact key")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    default=Path("contacts.csv"),
    type=click.Path(path_type=Path, dir_okay=False),
    help="The table to write, for your eyes only (contacts.csv).",
)
@dir_option("The collector's folder, its database, or an export of everything", may_be_file=True)
@passphrase_file_option
@json_option
@workspace_option
def export(
    workspace: Workspace,
    key_file: Path | None,
    target: Path,
    folder: Path,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Open the sealed addresses and write them down: one line for each address and drop.

    Example: stallbox-organizer contacts export --key keys/contact-aftercare.key -o contacts.csv
    """
    held = contacts.held_in(database_at(folder, "name its folder or an export of it with --dir"))
    sealed_for = key_file or only_key(workspace, "contact", "contact key", "aftercare")
    opened = contacts.open_all(held, keyring(passphrase_file).open_contact(sealed_for))
    write_durably(target, contacts.table(opened.left, read_papers(papers_of(workspace), None)), 0o600)
    if opened.unopened:
        warn(f"{_counted(opened.unopened)} more, sealed for another key, not opened with this one.")
    answer(
        as_json,
        {"file": str(target), "addresses": len(opened.left), "unopened": opened.unopened},
        f"{target}: {_counted(len(opened.left))}. Keep it like letters: nobody else may read it.",
    )


def _counted(count: int) -> str:
    return "1 address" if count == 1 else f"{count} addresses"
