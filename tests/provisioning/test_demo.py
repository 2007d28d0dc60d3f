"""make run's preparation: once from nothing, again without loss, with a folder of one's own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from appliance import settings
from provisioning import demo

WEB = {"public": "192.168.1.5", "port": 18080, "console_port": 18443}


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


def test_a_folder_becomes_a_stall(tmp_path: Path, photos: Path) -> None:
    """The box has taken in the drop and may sell a hundred copies; its links hold the address that was given."""
    folder = tmp_path / "stall"
    folder.mkdir()
    demo.prepare(folder, photos, WEB)
    assert _sold(folder) == {"photos": 100}
    web = settings.parse((folder / "stallbox.toml").read_text()).web
    assert (web.base, web.port, web.console_port) == ("http://192.168.1.5:18080", 18080, 18443)


def test_a_second_time_nothing_is_made_anew(tmp_path: Path, photos: Path) -> None:
    """Keys, drop and ledger stay; a new address and new ports are taken over, other settings are left alone."""
    folder = tmp_path / "stall"
    folder.mkdir()
    demo.prepare(folder, photos, WEB)
    before = {path: path.read_bytes() for path in (folder / "organizer").rglob("*.key")}
    with (folder / "stallbox.toml").open("a") as file:
        file.write("[storage]\nreserve_mb = 64\n")
    demo.prepare(folder, None, {"public": "10.0.0.9", "port": 18081, "console_port": 18444})
    assert {path: path.read_bytes() for path in (folder / "organizer").rglob("*.key")} == before
    read = settings.parse((folder / "stallbox.toml").read_text())
    assert (read.web.base, read.web.console_port, read.reserve) == ("http://10.0.0.9:18081", 18444, 64 << 20)
    assert _sold(folder) == {"photos": 100}


def test_another_folder_is_one_more_drop(tmp_path: Path, photos: Path) -> None:
    """DROP= names what is sold from now on, too: the first drop stays."""
    folder = tmp_path / "stall"
    folder.mkdir()
    demo.prepare(folder, photos, WEB)
    second = photos.rename(tmp_path / "More Photos")
    demo.prepare(folder, second, WEB)
    assert _sold(folder) == {"photos": 100, "more-photos": 100}


def test_a_beginning_that_was_cut_short_is_made_again(tmp_path: Path, photos: Path) -> None:
    """What a killed first run left behind is no workspace; the next run makes one."""
    folder = tmp_path / "stall"
    (folder / ".organizer.part" / "keys").mkdir(parents=True)
    demo.prepare(folder, photos, WEB)
    assert _sold(folder) == {"photos": 100}


def test_own_address_is_one() -> None:
    """Four numbers, also where there is no network."""
    assert len([int(part) for part in demo.own_address().split(".")]) == 4
