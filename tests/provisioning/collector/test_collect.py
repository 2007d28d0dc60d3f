"""`collect` as it is typed: it opens for boxes, says so, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

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
    """An empty stick is refused in a sentence; --to without a stick is wrong usage."""
    folder = started.workspace.folder
    answered(type_("--workspace", folder, "key", "new", "cosigner", "Collector", "--no-passphrase", "--json"))
    assert type_("--workspace", folder, "trust", "sign").exit_code == 0
    (tmp_path / "stick").mkdir()
    at = ("--dir", tmp_path / "collector")
    refused = type_("--workspace", folder, "collect", *at, tmp_path / "stick")
    assert refused.exit_code == 1
    assert "no sales" in refused.output
    assert type_("--workspace", folder, "collect", "--to", "https://collector.example.org").exit_code == 2
