"""The systemd files: what they promise to the box, and what systemd's own tools, where present, say to them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"


def options(name: str) -> dict[str, list[str]]:
    """Every `Key=value` of a unit, the values of a repeated key in order."""
    found: dict[str, list[str]] = {}
    for line in (UNITS / name).read_text().splitlines():
        if match := re.match(r"([A-Za-z]+)=(.*)", line):
            found.setdefault(match[1], []).append(match[2])
    return found


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_stop_leaves_time_for_running_downloads() -> None:
    """Downloads get 20 s after SIGTERM, so systemd must wait longer before it kills."""
    assert int(options("stallbox.service")["TimeoutStopSec"][0]) > 20


def test_a_hung_or_crashed_daemon_is_started_again() -> None:
    """The heartbeat has a deadline, a failure starts the daemon anew, and a crash loop ends in a visible fault."""
    service = options("stallbox.service")
    assert service["Type"] == ["notify"]
    assert int(service["WatchdogSec"][0]) <= 30
    assert service["Restart"] == ["on-failure"]
    burst, interval = int(service["StartLimitBurst"][0]), int(service["StartLimitIntervalSec"][0])
    assert burst * int(service["RestartSec"][0]) < interval


def test_the_daemon_writes_only_its_own_directories() -> None:
    """The whole system is read-only to the daemon but for its state, which systemd keeps, and its run directory."""
    service = options("stallbox.service")
    assert service["ProtectSystem"] == ["strict"]
    assert service["StateDirectory"] == service["RuntimeDirectory"] == ["stallbox"]
    assert service["RuntimeDirectoryPreserve"] == ["yes"]
    assert "ReadWritePaths" not in service


def test_the_daemon_is_nobody_special() -> None:
    """No root, no way to become root, and the only privilege is a low port."""
    service = options("stallbox.service")
    assert service["User"] == service["Group"] == ["stallbox"]
    assert service["NoNewPrivileges"] == ["yes"]
    assert service["AmbientCapabilities"] == service["CapabilityBoundingSet"] == ["CAP_NET_BIND_SERVICE"]


def test_the_clock_can_be_read_but_not_set() -> None:
    """The sandbox lets adjtimex through, whose answer is the quality of the time, and gives no right to set it."""
    service = options("stallbox.service")
    assert {"adjtimex", "clock_adjtime"} <= set(service["SystemCallFilter"][-1].split())
    assert "ProtectClock" not in service


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing to say, the place of the program apart."""
    unit = tmp_path / "stallbox.service"
    text = (UNITS / unit.name).read_text()
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text))
    checked = run(tool("systemd-analyze"), "verify", unit)
    said = [line for line in (checked.stdout + checked.stderr).splitlines() if unit.name in line]
    assert (said, checked.returncode) == ([], 0)


def test_systemd_finds_the_sandbox_tight() -> None:
    """`systemd-analyze security` gives an exposure of at most 2.5 of 10."""
    checked = run(tool("systemd-analyze"), "security", "--offline=true", "--threshold=25", UNITS / "stallbox.service")
    assert checked.returncode == 0, checked.stdout[-200:] + checked.stderr


def test_systemd_makes_the_account_and_the_data_directory(tmp_path: Path) -> None:
    """The sysusers and tmpfiles lines are understood by the tools that read them at boot."""
    (tmp_path / "etc").mkdir()
    account = run(tool("systemd-sysusers"), f"--root={tmp_path}", UNITS / "stallbox.sysusers")
    assert account.returncode == 0, account.stderr
    assert "stallbox:" in (tmp_path / "etc" / "passwd").read_text()
    made = run(tool("systemd-tmpfiles"), f"--root={tmp_path}", "--create", UNITS / "stallbox.tmpfiles")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "var/lib/stallbox").stat().st_mode & 0o777 == 0o700
