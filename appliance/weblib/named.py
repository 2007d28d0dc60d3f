"""A certificate for the box's own name, made elsewhere and brought with the sync: whether one is held, and serving it.

Offline it cannot be renewed, so everything that rests on it ends with it and nothing else does. Knows X.509 and TLS
(server name indication, RFC 6066 §3), no portal.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import KeyFileError
from appliance.files import read_secret

FILE = "portal.pem"
_MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Named:
    """Key and certificates of `name` in a file; `begins` and `ends` in Unix seconds, the end not included."""

    name: str
    path: Path
    begins: int
    ends: int

    def serves(self, lo: int, hi: int | None) -> bool:
        """Whether it may still be good, for a clock that shows between `lo` and `hi`: phones know the time better."""
        return lo < self.ends and (hi is None or hi >= self.begins)


def read_named(keys: Path, name: str) -> Named | None:
    """The certificate for `name` in `keys/portal.pem`, None where there is no such file.

    KeyFileError where others can read the file, where it is no certificate with its key, and where it is for
    another name. Whether phones trust its signer they know themselves.
    """
    path = keys / FILE
    if not path.exists():
        return None
    pem = read_secret(path, _MAX_BYTES)
    from appliance.weblib.x509 import read_leaf  # noqa: PLC0415  # most boxes have none: not worth its memory

    try:
        names, begins, ends = read_leaf(pem)
        _context(path)
    except (ValueError, ssl.SSLError) as error:
        raise KeyFileError("key-file", f"{path} is no certificate with its key ({error}). Bring it again.") from error
    if not any(_covers(one, name) for one in names):
        raise KeyFileError("key-file", f"{path} is for {', '.join(names) or 'no name'} and not for {name}.")
    return Named(name, path, begins, ends)


def _covers(pattern: str, name: str) -> bool:
    """RFC 6125 §6.4.3: a star stands for the whole first label."""
    if pattern.startswith("*."):
        return pattern[2:].lower() == name.partition(".")[2]
    return pattern.lower() == name


def serve_by_name(context: ssl.SSLContext, named: Named, is_valid: Callable[[], bool]) -> None:
    """Whoever asks `context` for the name gets its certificate while `is_valid`; everybody else gets the usual one."""
    own = _context(named.path)

    def choose(handshake: ssl.SSLSocket | ssl.SSLObject, asked: str | None, _context: ssl.SSLContext) -> None:
        if asked is not None and asked.lower() == named.name and is_valid():
            handshake.context = own

    context.sni_callback = choose


def _context(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path)
    return context
