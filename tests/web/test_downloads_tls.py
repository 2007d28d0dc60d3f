"""The console's listener speaks TLS: the same downloads come through it."""

from __future__ import annotations

import datetime
import os
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appliance.core.segments import Segment
from tests.web.download_box import Box


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a self-signed certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "box")])
    now = datetime.datetime.now(datetime.UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    path = tmp_path / "box.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(pem + built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


async def test_a_download_through_tls_has_the_same_bytes(tmp_path: Path, certificate: Path) -> None:
    """Whole and resumed, bytes and files, on one kept connection; nothing is sent past the encryption."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(certificate)
    client.check_hostname = False
    client.load_verify_locations(certificate)
    box, data = Box(tmp_path), os.urandom(3_000_000)
    box.offer("mixed", Segment.of_bytes(b"head"), box.put(data), Segment.of_bytes(b"tail"))
    async with box.serving(server), box.line(client) as line:
        assert (await line.ask("GET", "/d/mixed")).body == b"head" + data + b"tail"
        resumed = await line.ask("GET", "/d/mixed", Range="bytes=2000000-")
        assert (resumed.status, resumed.body) == (206, data[1_999_996:] + b"tail")
    assert sum(count for _, count in box.progress) == len(data) + 8 + len(resumed.body)
