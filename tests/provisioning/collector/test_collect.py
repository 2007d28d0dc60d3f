"""`collect` as it is typed: it opens for boxes, says so, and ends when it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from provisioning.collector.ingest import Taken
from provisioning.collector.nearby import Quiet
from provisioning.quickstart import Started
from tests.provisioning.conftest import Type, answered
from tests.running import ROOT


def typed(folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "provisioning", "--workspace", str(folder), "collect", *words]
    return subprocess.Popen(
        command,
        cwd=folder.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    )


def test_until_it_is_told_to_end(started: Started, type_: Type) -> None:
    """It waits for boxes with the workspace's papers and its only cosigner, and Ctrl-C ends it well."""
    folder = started.workspace.folder
    answered(type_("--workspace", folder, "key", "new", "cosigner", "Collector", "--no-passphrase", "--json"))
    assert type_("--workspace", folder, "trust", "sign").exit_code == 0
    with typed(folder, "--port", "0") as collecting:
        assert collecting.stdout is not None
        line = collecting.stdout.readline()
        collecting.send_signal(signal.SIGINT)
        assert collecting.wait(20) == 0
    assert line.startswith("Boxes may come. The dashboard: https://localhost:")
    made = folder.parent / "collector"
    assert {path.name for path in made.iterdir()} >= {"collector.db", "login-secret", "nearby.pem"}


def test_without_a_cosigner(started: Started) -> None:
    """A workspace without a cosigner is told how to make one."""
    with typed(started.workspace.folder) as collecting:
        _, error = collecting.communicate(timeout=20)
    assert collecting.returncode == 1
    assert "key new cosigner" in error


def test_a_stick_without_sales(started: Started, type_: Type, tmp_path: Path) -> None:
    """An empty stick is refused in a sentence and keeps no other back; --to without a stick is wrong usage."""
    folder = started.workspace.folder
    answered(type_("--workspace", folder, "key", "new", "cosigner", "Collector", "--no-passphrase", "--json"))
    assert type_("--workspace", folder, "trust", "sign").exit_code == 0
    (tmp_path / "stick").mkdir()
    at = ("--dir", tmp_path / "collector")
    refused = type_("--workspace", folder, "collect", *at, tmp_path / "stick")
    assert refused.exit_code == 1
    assert "no sales" in refused.output
    (tmp_path / "second").mkdir()
    refused = type_("--workspace", folder, "collect", *at, tmp_path / "stick", tmp_path / "second")
    assert (refused.exit_code, refused.output.count("no sales")) == (1, 2)
    assert type_("--workspace", folder, "collect", "--to", "https://collector.example.org").exit_code == 2


def test_a_port_that_is_taken(started: Started, type_: Type, tmp_path: Path) -> None:
    """It is refused before anything is made, and the sentence says how several live together."""
    at = ("--workspace", started.workspace.folder)
    answered(type_(*at, "key", "new", "cosigner", "Collector", "--no-passphrase", "--json"))
    assert type_(*at, "trust", "sign").exit_code == 0
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for command in (("collector", "run"), ("collect",)):
            refused = type_(*at, *command, "--dir", tmp_path / "c", "--port", port)
            assert refused.exit_code == 1
            assert "may share one folder" in refused.output
    assert not (tmp_path / "c").exists()


async def test_a_neighbour_of_another_event() -> None:
    """It is told of once and not waited for; a box of ours that brought nothing is known in the end."""
    told: list[str] = []
    quiet = Quiet(lambda box, _: told.append(box), {"ours"}.__contains__, 0.2)
    quiet.heard("ours", None)

    async def knock() -> None:
        while True:
            quiet.heard("stranger", None)
            await asyncio.sleep(0.05)

    knocking = asyncio.create_task(knock())
    async with asyncio.timeout(5):
        await quiet.wait()
    knocking.cancel()
    assert told == ["ours", "stranger"]
    assert quiet.silent == {"ours"}


async def test_what_does_not_come_is_not_waited_for_for_ever() -> None:
    """What a box lacks may be with another collector."""
    quiet = Quiet(lambda *_: None, {"ours"}.__contains__, 0.05)
    quiet.heard("ours", Taken("ours", 5, None, [[0, 3]], [], False))
    async with asyncio.timeout(5):
        await quiet.wait()
    assert quiet.silent == frozenset()
