"""A headless Chromium as the stall's screen: paired by the card, its page open all day."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.box import CARD
from tests.running import Daemon, Json, selling

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with selling(tmp_path, 10) as made:
        made.open()
        yield made


class Browser:
    """The browser's side; it waits after each thing that it has seen."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def sees(self) -> Json:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the browser has ended: see its complaint above"
        seen: Json = json.loads(line)
        return seen

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()


def test_a_day_as_a_display(daemon: Daemon, chromium: str) -> None:
    """Drawn at the window's size, anew at each sale and each turn of the tablet; while the Wi-Fi or the box is away
    the last picture stays with a line that says so, and the page goes on by itself."""
    port = tomllib.loads((daemon.data / "stallbox.toml").read_text())["web"]["console_port"]
    command = ["node", str(HERE / "display.mjs"), chromium, f"https://127.0.0.1:{port}", CARD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        browser = Browser(process)
        assert browser.sees() == {"size": [800, 480]}
        daemon.sell()
        browser.go_on()
        assert browser.sees() == {"sold": True}
        browser.go_on()
        assert browser.sees() == {"size": [390, 844]}
        browser.go_on()
        offline = browser.sees()
        assert "This is what it showed last" in str(offline["offline"])
        assert offline["size"] == [390, 844]
        browser.go_on()
        assert browser.sees() == {"online": True}
        assert daemon.stop() == 0
        browser.go_on()
        stopped = browser.sees()
        assert "goes on when it is back" in str(stopped["stopped"])
        assert stopped["size"] == [390, 844]
        daemon.open()
        browser.go_on()
        assert browser.sees() == {"back": True, "complaints": []}
        browser.go_on()
    assert process.returncode == 0
