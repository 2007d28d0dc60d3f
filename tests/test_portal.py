"""`[portal]` of stallbox.toml, from its text to the running daemon under the box's own name."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.probes import Apple
from appliance.errors import SettingsError
from appliance.settings import parse
from appliance.weblib.console_key import make_pem
from tests.organizer import NOW
from tests.running import Daemon, selling

DAY = 86400
LATER = max(int(time.time()), NOW) + DAY  # the box knows from its papers that NOW has passed
NAME = "stall-7.example.org"
BOX = f'[box]\nname = "Stall 7"\n[trust]\npin = "{"0" * 64}"\n'


def test_as_it_comes() -> None:
    """Without a table iPhones are told Success at once, and the box has no name of its own."""
    portal = parse(BOX).portal
    assert (portal.apple, portal.name) == (Apple.QUIET, None)


def test_settings() -> None:
    """Both can be set."""
    portal = parse(f'{BOX}[portal]\napple = "popup"\nname = "{NAME}"').portal
    assert (portal.apple, portal.name) == (Apple.POPUP, NAME)


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ('apple = "loud"', "portal.apple is 'loud'; it must be one of quiet, popup."),
        ('name = "10.42.0.1:80"', "a host name in lower case"),
        ('name = "Stall.example.org"', "a host name in lower case"),
        ('name = "stall"', "a host name in lower case"),
        ('name = "-stall.example.org"', "a host name in lower case"),
        (f'name = "{"a" * 60}.org.example"', "a host name in lower case"),
        ('aple = "quiet"', "Did you mean apple?"),
    ],
)
def test_faults(line: str, fix: str) -> None:
    """What cannot be is refused with the fix."""
    with pytest.raises(SettingsError) as refused:
        parse(f"{BOX}[portal]\n{line}")
    assert fix in refused.value.detail


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A box with a name of its own; it does not run yet."""
    with selling(tmp_path, 3) as made:
        settings = made.data / "stallbox.toml"
        settings.write_text(f'{settings.read_text()}\n[portal]\nname = "{NAME}"\n')
        yield made


def bring(daemon: Daemon, end: int) -> Path:
    """A certificate for the name, good from yesterday on."""
    path = daemon.data / "keys" / "portal.pem"
    path.write_bytes(make_pem([NAME], min(int(time.time()), end) - DAY, end))
    path.chmod(0o600)
    return path


def connect(daemon: Daemon, context: ssl.SSLContext) -> ssl.SSLSocket:
    """To the console's port, by the name."""
    port = int(next(line for line in daemon.log().splitlines() if "https://" in line).rpartition(":")[2].split("/")[0])
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 5), server_hostname=NAME)


def test_under_its_name(daemon: Daemon) -> None:
    """With a certificate a phone that checks it gets the API of RFC 8908."""
    trusted = bring(daemon, LATER)
    daemon.open()
    connection = http.client.HTTPSConnection(NAME)
    connection.sock = connect(daemon, ssl.create_default_context(cafile=str(trusted)))
    connection.request("GET", "/captive-portal/api", headers={"Accept": "application/captive+json"})
    answer = connection.getresponse()
    state = json.loads(answer.read())
    connection.close()
    assert answer.status == 200
    assert state["captive"] is True
    assert state["user-portal-url"].startswith(f"https://{NAME}:")


def test_past_its_end(daemon: Daemon) -> None:
    """A certificate that has ended is not shown any more: who asks gets the console's own."""
    ended = bring(daemon, NOW - DAY)
    daemon.open()
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with connect(daemon, context) as connection:
        shown = connection.getpeercert(binary_form=True)
    leaf = ended.read_text().partition("-----BEGIN")[2].partition("-----BEGIN")
    assert shown is not None
    assert shown != ssl.PEM_cert_to_DER_cert(leaf[1] + leaf[2])


def test_for_another_name(daemon: Daemon) -> None:
    """A certificate that cannot be used is said, and the box works on without it."""
    bring(daemon, LATER).write_bytes(make_pem(["other.example.org"], 0, 2**31))
    daemon.open()
    faults = daemon.status()["faults"]
    assert isinstance(faults, list)
    assert any("other.example.org" in fault["text"] for fault in faults)
