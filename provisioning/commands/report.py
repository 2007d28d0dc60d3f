"""`report`: what a collector's database says, as one file that can be mailed."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.files import durable_file, write_all
from provisioning.collector import database, report
from provisioning.collector.known import read_papers
from provisioning.collector.serve import Place
from provisioning.commands.common import Refused, now, say, workspace_option
from provisioning.workspace import Workspace


@click.command("report")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="What to write: a page if it ends in .html, a table of sales if it ends in .csv.",
)
@click.option(
    "--dir",
    "folder",
    default=Path("collector"),
    type=click.Path(path_type=Path),
    help="The collector's folder, or a copy of its database (./collector).",
)
@workspace_option
def report_command(workspace: Workspace, target: Path, folder: Path) -> None:
    """Write down what was sold: totals, charts, boxes, cases.

    Example: stallbox-organizer report -o report.html
    """
    ending = target.suffix.lower()
    if ending not in {".html", ".csv"}:
        raise Refused(f"{target}: a report ends in .html or .csv.")
    place = Place(folder, (workspace.papers, workspace.folder / "drops"), None)
    path = folder if folder.is_file() else place.database
    if not path.is_file():
        raise Refused(f"There is no collector's database at {path}: name its folder with --dir.")
    known = read_papers(place.papers, place.pin)
    with database.looking(path) as db, durable_file(target) as handle:
        for piece in report.pieces(db, known, now(), is_table=ending == ".csv"):
            write_all(handle, piece.encode())
    say(f"Written: {target}")
