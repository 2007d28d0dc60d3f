"""`lid`: the page for the inside of a box's lid."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.draw import lid
from appliance.files import write_durably
from provisioning import boxes, roster, trust
from provisioning.commands.common import answer, json_option, workspace_option
from provisioning.workspace import Workspace


@click.command("lid")
@click.option("--box", metavar="NAME", required=True, help="The box that the page is for.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), required=True)
@json_option
@workspace_option
def lid_command(*, workspace: Workspace, box: str, output: Path, as_json: bool) -> None:
    """Print the page that belongs into a box's lid: its buttons, its lamp, the day, and what to do when.

    A5 as PDF, or as PNG where FILE ends so. It holds no secret.

    Example: stallbox-organizer lid --box stall-7 -o lid.pdf
    """
    member = roster.box_named(trust.chain(workspace).current, box)
    page = boxes.lid_of(workspace, member)
    draw = lid.png if output.suffix.lower() == ".png" else lid.pdf
    write_durably(output, draw(page), 0o644)
    answer(
        as_json,
        {"box": member.key.id, "page": str(output)},
        f"{output} is the page for the lid of {member.name}.",
        "Print it at actual size (100 %, no scaling).",
    )
