"""`report`: what a collector's database says, as one file that can be mailed."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.files import durable_file, write_all
from provisioning.collector import database, report
from provisioning.collector.known import read_papers
from provisioning.commands.at_collector import database_at, dir_option, papers_of
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
@dir_option("The collector's folder, or a copy of its database", may_be_file=True)
@workspace_option
def report_command(workspace: Workspace, target: Path, folder: Path) -> None:
    """Write down what was sold: totals, charts, boxes, cases.

    Example: stallbox-organizer report -o report.html
    """
    ending = target.suffix.lower()
    if ending not in {".html", ".csv"}:
        raise Refused(f"{target}: a report ends in .html or .csv.")
    path = database_at(folder, "name its folder with --dir")
    known = read_papers(papers_of(workspace), None)
    with database.looking(path) as db, durable_file(target) as handle:
        for piece in report.pieces(db, known, now(), is_table=ending == ".csv"):
            write_all(handle, piece.encode())
    say(f"Written: {target}")
