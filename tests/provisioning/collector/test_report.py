"""`report`: one file that says what the dashboard says, and is whole or not there."""

from __future__ import annotations

import contextlib
import csv
import html
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from provisioning.collector import database
from provisioning.collector.known import read_papers
from provisioning.collector.report import pieces
from provisioning.collector.views import sales
from provisioning.quickstart import Started
from tests.organizer import NOW
from tests.provisioning.collector.events import MARK, Event, full
from tests.provisioning.conftest import Type


@pytest.fixture
def event(tmp_path: Path) -> Event:
    return full(tmp_path / "event")


def written(event: Event, *, is_table: bool) -> str:
    with database.looking(event.place.database) as db:
        return "".join(pieces(db, read_papers(event.place.papers, None), NOW, is_table=is_table))


def test_it_needs_nothing_else(event: Event) -> None:
    """Style and charts are inside; nothing is fetched, nothing runs, nothing is taken for HTML."""
    text = written(event, is_table=False)
    assert not re.search(r"(src|href)=|@import|url\(|<script", text)
    assert MARK not in text
    assert text.count("<svg") > 5
    assert "@media print" in text


def test_its_sums_are_the_dashboards(event: Event) -> None:
    """Every amount that the view gathered stands on the page."""
    text = html.unescape(written(event, is_table=False))
    with database.looking(event.place.database) as db:
        found = sales.sales(db, read_papers(event.place.papers, None))
    assert [(purse.currency, purse.count, purse.paid) for purse in found.purses] == [
        ("EUR", 23, 22000),
        ("CHF", 1, 1000),
    ]
    for table in found.tables:
        assert sum(line.paid for line in table.lines) == 23000
        assert sum(line.count for line in table.lines) == found.count
        assert all(line.name in text for line in table.lines)
    for said in ("€220.00", "CHF 10.00", "€8.00 given back", "A box has signed two histories", "Nine", "7–8"):
        assert said.replace("CHF ", "CHF\u00a0") in text


def test_the_table_has_every_sale(event: Event) -> None:
    """The void one as well, marked."""
    rows = list(csv.DictReader(io.StringIO(written(event, is_table=True))))
    assert len(rows) == 25
    assert [row["void"] for row in rows].count("yes") == 1


@pytest.fixture
def report(event: Event, tmp_path: Path, started: Started, type_: Type) -> Callable[..., Result]:
    """The command in a workspace with the event's papers."""
    shutil.rmtree(started.workspace.papers)
    shutil.copytree(event.papers, started.workspace.papers)
    return lambda *words: type_("report", "--workspace", started.workspace.folder, *words)


def test_the_command(event: Event, tmp_path: Path, report: Callable[..., Result]) -> None:
    """Page or table by the name's ending, from the collector's folder or a copy of its database."""
    copy = shutil.copy(event.place.database, tmp_path / "copy.db")
    for source in (event.place.folder, copy):
        assert report("--dir", source, "-o", "report.html").exit_code == 0
        assert report("--dir", source, "-o", "report.csv").exit_code == 0
        assert "€220.00" in (tmp_path / "report.html").read_text()
        assert (tmp_path / "report.csv").read_bytes().decode() == written(event, is_table=True)
        (tmp_path / "report.html").unlink()


def test_a_fault_leaves_the_report_of_before(event: Event, tmp_path: Path, report: Callable[..., Result]) -> None:
    """What cannot be written whole is not written: neither half of it nor instead of what was there."""
    target = tmp_path / "report.csv"
    target.write_text("of yesterday")
    with contextlib.closing(database.connect(event.place.database)) as db:
        db.execute("pragma writable_schema = on")
        db.execute("update sqlite_schema set sql = replace(sql, 'quality', 'virtue') where name = 'sales'")
    result = report("--dir", event.place.folder, "-o", target)
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr
    assert target.read_text() == "of yesterday"
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "report.pdf"), "a report ends in .html or .csv"),
        (("-o", "report.html", "--dir", "nowhere"), "name its folder with --dir"),
        (("-o", "report.html", "--dir", "noise.db"), "cannot be read"),
    ],
)
def test_refusals(report: Callable[..., Result], words: tuple[str, ...], said: str) -> None:
    """In a sentence, before anything is written."""
    Path("noise.db").write_bytes(b"noise" * 1000)
    result = report(*words)
    assert result.exit_code == 1
    assert said in result.stderr


def test_a_place_that_takes_no_file(report: Callable[..., Result], event: Event) -> None:
    """The file that was asked for is named, not one that nobody knows."""
    result = report("--dir", event.place.folder, "-o", "/proc/x.html")
    assert result.exit_code == 1
    assert "/proc/x.html" in result.stderr
    assert ".part" not in result.stderr
