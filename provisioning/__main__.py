"""The `stallbox-organizer` command: which commands there are."""

from __future__ import annotations

from pathlib import Path

import click

from provisioning.commands import (
    card,
    check,
    collect,
    collector,
    contacts,
    drop,
    issue,
    key,
    lid,
    paper,
    quick,
    reader,
    report,
    setup,
    vouchers,
)
from provisioning.commands.common import OrganizerGroup


@click.group(cls=OrganizerGroup)
@click.option(
    "--workspace",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The workspace, for every command that needs one.",
)
@click.version_option(package_name="stallbox")
def main(workspace: Path | None) -> None:
    """Make papers, drops and boxes for stallbox.

    Example: stallbox-organizer quickstart photos --title "Harbour Lights" --price 8.00EUR --edition 100
    """


for command in (
    setup.init,
    key.key,
    setup.trust_group,
    setup.box_group,
    card.card_command,
    lid.lid_command,
    drop.drop_group,
    drop.allot_command,
    drop.bundle_command,
    issue.issue,
    vouchers.vouchers_command,
    reader.reader_command,
    paper.paper_group,
    collector.collector_group,
    collect.collect,
    contacts.contacts_group,
    report.report_command,
    check.verify,
    check.verify_kit,
    quick.quickstart,
):
    main.add_command(command)
setup.trust_group.add_command(paper.trust_revoke)

if __name__ == "__main__":
    main()
