"""The real daemon with a maker's own driver, on pins that read low: an idle panel, or one whose BUSY sticks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.devices.waveshare import MODELS
from tests.bench import panels
from tests.running import Daemon, selling

pytestmark = pytest.mark.panels


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    if (why := panels.missing(panels.STUCK_PANEL)) is not None:
        pytest.skip(why)
    with selling(tmp_path, 400) as running:
        yield running


def start(daemon: Daemon, display: str) -> None:
    with (daemon.data / "stallbox.toml").open("a") as settings:
        settings.write(f"[[display]]\n{display}")
    daemon.start(**panels.header())
    daemon.wait_open()


def health(daemon: Daemon) -> Any:
    displays: Any = daemon.status()["displays"]
    return displays


def test_a_panel_works(daemon: Daemon) -> None:
    """Nothing is wrong with it, and it is noted as cleaned, once its first page has arrived."""
    start(daemon, panels.IDLE_PANEL)
    until = time.monotonic() + 30
    while not list(daemon.data.rglob("panel-cleaned")):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert health(daemon) == [{"kind": "waveshare", "fault": None}]
    assert daemon.stop() == 0


def test_sales_beside_a_hung_panel(daemon: Daemon) -> None:
    """Before it is declared dead, in its time, and afterwards: every sale is done at once. The status tells of it."""
    start(daemon, panels.STUCK_PANEL)
    began, longest = time.monotonic(), 0.0
    while not health(daemon)[0]["fault"]:
        asked = time.monotonic()
        daemon.sell()
        longest = max(longest, time.monotonic() - asked)
        assert time.monotonic() - began < 2 * MODELS["7in5"].full_s + 15
        time.sleep(0.2)
    daemon.sell()
    assert longest < 1.0
    assert "says that it is busy" in health(daemon)[0]["fault"]
    assert any("says that it is busy" in fault["text"] for fault in daemon.status()["faults"])  # type: ignore[attr-defined]
    assert daemon.stop() == 0
