"""The console's TLS: key and certificate, made by the box itself, kept in one file that nobody else may read.

Phones warn once and remember. Knows nothing of papers: this key signs nothing but TLS handshakes. The file says in
its first line, which TLS skips, for which names and until when it serves.
"""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import Sequence
from pathlib import Path

from appliance.files import read_secret, write_durably

FILE = "console.pem"
_DAY = 24 * 3600
LIFETIME = 800 * _DAY  # Apple refuses more than 825 days, even from a key that the owner trusts
_RENEW = 30 * _DAY
_SLACK = 2 * _DAY  # phones' clocks are not the box's
_MAX_BYTES = 16 * 1024
_HEADING = re.compile(rb"stallbox console until=([0-9]{1,11}) names=([A-Za-z0-9.:,-]+)")


def console_context(keys: Path, names: Sequence[str], now: int) -> ssl.SSLContext:
    """TLS for the console under these names and addresses; `now` in Unix seconds as the box knows it.

    Makes `console.pem` in `keys` where there is none, where it is damaged, and where it ends soon or lacks a name.
    Raises KeyFileError where others can read the file.
    """
    path = keys / FILE
    if path.exists() and _serves(read_secret(path, _MAX_BYTES), names, now):
        with contextlib.suppress(ssl.SSLError):  # damaged after its first line
            return _context(path)
    write_durably(path, _make(list(dict.fromkeys(names)), now), 0o600)
    return _context(path)


def _context(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path)
    return context


def _serves(pem: bytes, names: Sequence[str], now: int) -> bool:
    heading = _HEADING.fullmatch(pem.partition(b"\n")[0])
    if heading is None:
        return False
    return set(names) <= set(heading[2].decode().split(",")) and now < int(heading[1]) - _RENEW


def _make(names: Sequence[str], now: int) -> bytes:
    from appliance.weblib.console_key import make_pem  # noqa: PLC0415  # once in two years: not worth its memory

    begin = now - _SLACK
    heading = f"stallbox console until={begin + LIFETIME} names={','.join(names)}\n"
    return heading.encode() + make_pem(names, begin, begin + LIFETIME)
