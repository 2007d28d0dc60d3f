"""A headless Chromium with a paired phone's cookie comes back from the reader's app and finishes the sale by itself."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.box import CARD
from tests.running import Daemon, selling

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A running box whose stall owner has the SumUp app."""
    with selling(tmp_path, 10) as made:
        with (made.data / "stallbox.toml").open("a") as settings:
            settings.write('[reader]\napp = "sumup"\nkey = "sup_afk_1234"\n')
        made.open()
        yield made


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """Another site: its name is not the box's, so that the browser comes from a foreign place."""
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def test_back_from_the_app(daemon: Daemon, chromium: str, elsewhere: str) -> None:
    """The way back carries no cookie, the page's own POST does; the sale is finished once and has the receipt."""
    port = tomllib.loads((daemon.data / "stallbox.toml").read_text())["web"]["console_port"]
    command = ["node", HERE / "card.mjs", chromium, f"https://127.0.0.1:{port}", CARD, elsewhere]
    answer = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert answer.returncode == 0, answer.stderr.decode()
    seen = json.loads(answer.stdout)
    assert seen["link"].startswith("sumupmerchant://pay/1.0?")
    assert seen["cookies"] == [["GET", False], ["POST", True]]
    assert seen["stamp"] == "#1 of 10"
    assert seen["complaints"] == []
