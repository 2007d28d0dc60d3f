"""The console's TLS key and certificate: made by the box itself, kept in one file that nobody else may read.

Phones warn once and remember. Knows nothing of papers: this key signs nothing but TLS handshakes.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.files import read_secret, write_durably

FILE = "console.pem"
LIFETIME = timedelta(days=800)  # Apple refuses more than 825, even from a key that the owner trusts
_RENEW = timedelta(days=30)
_SLACK = timedelta(days=2)  # phones' clocks are not the box's
_MAX_BYTES = 16 * 1024


def console_context(keys: Path, names: Sequence[str], now: int) -> ssl.SSLContext:
    """TLS for the console under these names and addresses; `now` in Unix seconds as the box knows it.

    Makes `console.pem` in `keys` where there is none, or where it ends soon or lacks a name. Raises KeyFileError
    where others can read the file.
    """
    path = keys / FILE
    moment = datetime.fromtimestamp(now, UTC)
    if not path.exists() or not _serves(read_secret(path, _MAX_BYTES), names, moment):
        write_durably(path, _make(names, moment), 0o600)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path)
    return context


def _serves(pem: bytes, names: Sequence[str], moment: datetime) -> bool:
    try:
        held = x509.load_pem_x509_certificate(pem)
        listed = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return set(_names(names)) <= set(listed) and moment < held.not_valid_after_utc - _RENEW


def _make(names: Sequence[str], moment: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stallbox console")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _SLACK)
        .not_valid_after(moment - _SLACK + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_names(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + certificate.public_bytes(serialization.Encoding.PEM)


def _names(names: Sequence[str]) -> list[x509.GeneralName]:
    return [_name(name) for name in dict.fromkeys(names)]


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
