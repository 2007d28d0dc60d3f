"""make run's preparation: once from nothing, again without loss, with a folder of one's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import settings
from provisioning import demo

WEB = {"public": "192.168.1.5", "port": 18080, "console_port": 18443}


@pytest.fixture(scope="module")
def first_stall(tmp_path_factory: pytest.TempPathFactory, first_photos: Path) -> Path:
    """The stall that `stall` is a copy of; no test changes it."""
    folder = tmp_path_factory.mktemp("first-stall")
    demo.prepare(folder, first_photos, WEB)
    return folder


@pytest.fixture
def stall(tmp_path: Path, first_stall: Path) -> Path:
    """A stall that was prepared once, with one drop."""
    return Path(shutil.copytree(first_stall, tmp_path / "stall"))


def _status(folder: Path) -> dict[str, list[dict[str, object]]]:
    answer = subprocess.run(
        [sys.executable, "-m", "appliance", "status", "--json", "--dir", str(folder)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    status: dict[str, list[dict[str, object]]] = json.loads(answer.stdout)
    return status


def _sold(folder: Path) -> dict[object, object]:
    return {drop["slug"]: drop["allotted"] for drop in _status(folder)["drops"]}


def test_a_folder_becomes_a_stall(stall: Path) -> None:
    """The box has taken in the drop and may sell a hundred copies; its links hold the address that was given."""
    assert _sold(stall) == {"photos": 100}
    web = settings.parse((stall / "stallbox.toml").read_text()).web
    assert (web.base, web.port, web.console_port) == ("http://192.168.1.5:18080", 18080, 18443)


def test_a_second_time_nothing_is_made_anew(stall: Path) -> None:
    """Keys, drop and ledger stay; a new address and new ports are taken over, other settings are left alone."""
    before = {path: path.read_bytes() for path in (stall / "organizer").rglob("*.key")}
    with (stall / "stallbox.toml").open("a") as file:
        file.write("[storage]\nreserve_mb = 64\n")
    demo.prepare(stall, None, {"public": "10.0.0.9", "port": 18081, "console_port": 18444})
    assert {path: path.read_bytes() for path in (stall / "organizer").rglob("*.key")} == before
    read = settings.parse((stall / "stallbox.toml").read_text())
    assert (read.web.base, read.web.console_port, read.reserve) == ("http://10.0.0.9:18081", 18444, 64 << 20)
    assert _sold(stall) == {"photos": 100}


def test_another_folder_is_one_more_drop(stall: Path, photos: Path, tmp_path: Path) -> None:
    """DROP= names what is sold from now on, too: the first drop stays."""
    demo.prepare(stall, photos.rename(tmp_path / "More Photos"), WEB)
    assert _sold(stall) == {"photos": 100, "more-photos": 100}


def test_a_beginning_that_was_cut_short_is_made_again(tmp_path: Path, photos: Path) -> None:
    """What a killed first run left behind is no workspace; the next run makes one."""
    folder = tmp_path / "stall"
    (folder / ".organizer.part" / "keys").mkdir(parents=True)
    demo.prepare(folder, photos, WEB)
    assert _sold(folder) == {"photos": 100}


def test_own_address_is_one() -> None:
    """Four numbers, also where there is no network."""
    assert len([int(part) for part in demo.own_address().split(".")]) == 4
