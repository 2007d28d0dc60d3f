"""[sync] in stallbox.toml: where the collector is, and whom the box believes there."""

from __future__ import annotations

import pytest

from appliance import settings as settings_file
from appliance.errors import SettingsError
from appliance.settings.sync import Sync


def read(lines: str) -> Sync:
    return settings_file.parse(f'[box]\nname = "Stall 7"\n[trust]\npin = "{"0" * 64}"\n{lines}').sync


def test_nothing() -> None:
    """Without the table the box sends to nobody but an organizer's laptop that proves its key."""
    assert read("") == Sync(None, None, local=True)


def test_all() -> None:
    """An address, an authority of its own, and nobody nearby."""
    lines = '[sync]\nurl = "https://collector.example.org:8443"\nca = "organizer.pem"\nlocal = false\n'
    assert read(lines) == Sync("https://collector.example.org:8443", "organizer.pem", local=False)
    assert read('[sync]\nurl = "http://127.0.0.1:8090"').url == "http://127.0.0.1:8090"


@pytest.mark.parametrize(
    "line",
    [
        'url = "http://collector.example.org"',  # in the clear over a network
        'url = "https://collector.example.org/v1"',
        'url = "https://u:p@collector.example.org"',
        'url = "collector.example.org"',
        'url = "https://collector..example.org"',  # no resolver takes such a name
        'ca = "../keys/box.key"',
        'ca = "/etc/ssl/cert.pem"',
        "local = 1",
        "uri = 1",
    ],
)
def test_wrong(line: str) -> None:
    """What cannot be meant is a fault that names the setting."""
    with pytest.raises(SettingsError, match=rf"sync\.{line.split(maxsplit=1)[0]}"):
        read(f"[sync]\n{line}\n")
