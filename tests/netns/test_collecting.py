"""An organizer's laptop joins the box's Wi-Fi and collects: through the box's own firewall, found by mDNS."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.netns.phones import Phone
from tests.netns.world import World
from tests.running import ROOT

pytestmark = pytest.mark.netns


def collect(laptop: Phone, folder: Path, *stranger: str) -> list[str]:
    """What it heard until every box was quiet."""
    program = ("timeout", "60", "env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.netns.laptop")
    return laptop.machine.run(*program, str(folder), *stranger).splitlines()


def sales(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / "collector" / "collector.db")) as db:
        return int(db.execute("select count(*) from entries where type = 'sale'").fetchone()[0])


def test_stranger_and_organizer(stall: World, phone: Phone, tmp_path: Path) -> None:
    """Both are found and greeted; the stranger gets nothing, the organizer all sales of the box."""
    stall.sell()
    heard = collect(phone, tmp_path / "stranger", "a stranger")
    assert {line.split()[0] for line in heard} == {"hello"}
    assert sales(tmp_path / "stranger") == 0
    heard = collect(phone, tmp_path / "organizer")
    assert {line.split()[0] for line in heard} == {"hello", "batch"}
    assert sales(tmp_path / "organizer") == stall.sold()
