"""The console's certificate: made by the box, kept, and made anew only when it must be."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from appliance.errors import KeyFileError
from appliance.weblib.tls import FILE, console_context

NOW = 1_796_000_000
DAY = 86_400
NAMES = ["10.42.0.1", "localhost"]


def _held(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / FILE).read_bytes())


def test_made(tmp_path: Path) -> None:
    """The first start makes a key that only the box can read, for the public address, of a length that Apple takes."""
    context = console_context(tmp_path, NAMES, NOW)
    assert isinstance(context, ssl.SSLContext)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    held = _held(tmp_path)
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("10.42.0.1")]
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert (held.not_valid_after_utc - held.not_valid_before_utc).days <= 825
    assert held.not_valid_before_utc.timestamp() < NOW


@pytest.mark.parametrize(
    ("names", "later", "kept"),
    [
        (NAMES, 700 * DAY, True),
        (NAMES, 790 * DAY, False),
        (["10.42.0.1"], 0, True),
        ([*NAMES, "192.168.1.5"], 0, False),
    ],
)
def test_kept(tmp_path: Path, names: list[str], later: int, kept: bool) -> None:
    """The certificate stays, so that phones warn once, until it ends soon or lacks a name."""
    console_context(tmp_path, NAMES, NOW)
    before = _held(tmp_path)
    console_context(tmp_path, names, NOW + later)
    assert (_held(tmp_path) == before) == kept


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_damaged(tmp_path: Path, keep: int) -> None:
    """A damaged file is replaced, wherever the damage is: the console must open."""
    console_context(tmp_path, NAMES, NOW)
    lines = (tmp_path / FILE).read_text().splitlines()
    (tmp_path / FILE).write_text("\n".join([*lines[:keep], "-----BEGIN NOTHING-----", *lines[5:]]))
    (tmp_path / FILE).chmod(0o600)
    console_context(tmp_path, NAMES, NOW)
    assert _held(tmp_path)


def test_open_to_others(tmp_path: Path) -> None:
    """A key that others can read is refused with the command that helps."""
    console_context(tmp_path, NAMES, NOW)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        console_context(tmp_path, NAMES, NOW)
