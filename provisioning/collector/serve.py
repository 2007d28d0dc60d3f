"""The collector as a process: its folder, its listener, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from appliance.core.keys import PrivateKey
from appliance.errors import StoreError
from provisioning.collector.app import make_app
from provisioning.collector.cosigner import cosigner_of
from provisioning.collector.house import House
from provisioning.collector.known import read_papers
from provisioning.collector.login import Login, secret_in
from provisioning.collector.reception import Heard, hears_nothing

PORT = 8090
_SHUTDOWN_S = 10.0


DATABASE = "collector.db"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a collector keeps its things and where it listens. `tls`: a PEM file with certificate and key, or None."""

    folder: Path
    papers: Sequence[Path]
    pin: str | None
    host: str = "127.0.0.1"
    port: int = PORT
    tls: Path | None = None

    @property
    def database(self) -> Path:
        return self.folder / DATABASE

    @property
    def secret(self) -> Path:
        return self.folder / "login-secret"


@contextlib.asynccontextmanager
async def opened(place: Place, key: PrivateKey, now: Callable[[], int]) -> AsyncIterator[House]:
    """The collector's database and papers, without a listener. StoreError or KeyFileError where it cannot be."""
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    cosigner = cosigner_of(read_papers(place.papers, place.pin).chain, key)
    house = House(place.database, place.papers, place.pin, cosigner, now)
    try:
        await house.open()
        yield house
    finally:
        house.close()


@contextlib.asynccontextmanager
async def serving(
    place: Place, key: PrivateKey, now: Callable[[], int], heard: Heard = hears_nothing
) -> AsyncIterator[str]:
    """The collector, open inside; gives its address. StoreError or KeyFileError where it cannot be."""
    context, certificate = _tls(place.tls)
    check_port(place)
    async with opened(place, key, now) as house, contextlib.AsyncExitStack() as stack:
        secret = await house.ask(lambda db: secret_in(place.secret, db))
        login = Login(secret, now, is_tls=place.tls is not None)
        app = make_app(house, login, certificate, heard=heard)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, place.host, place.port, ssl_context=context)
        try:
            await site.start()
        except OSError as error:
            raise _unusable(place, error) from error
        port = runner.addresses[0][1]
        host = f"[{place.host}]" if ":" in place.host else place.host
        yield f"{'https' if context else 'http'}://{host}:{port}"


def check_port(place: Place) -> None:
    """StoreError where somebody listens there already, before anything is made on the disk."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the listener does: of old ones only
            probe.bind(address)
    except OSError as error:
        raise _unusable(place, error) from error


def _unusable(place: Place, error: OSError) -> StoreError:
    if error.errno != errno.EADDRINUSE:
        return StoreError(
            "store",
            f"This computer cannot listen at {place.host}, port {place.port} ({error.strerror}). Name an address of "
            "its own, and a port above 1023 unless you are root.",
        )
    return StoreError(
        "store",
        f"Port {place.port} cannot be used ({error.strerror}). Another collector may be open there: several may share "
        "one folder, each at a --port of its own.",
    )


async def run(place: Place, key: PrivateKey, ready: Callable[[str], None]) -> None:
    """Until SIGTERM or SIGINT; `ready` hears the address."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(place, key, lambda: int(time.time())) as address:
        ready(address)
        await stop.wait()


def _tls(pem: Path | None) -> tuple[ssl.SSLContext | None, str | None]:
    """The context, and the SHA-256 of its certificate in hex (FORMATS §6, `hello`)."""
    if pem is None:
        return None, None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(pem)
        der = ssl.PEM_cert_to_DER_cert(_first_certificate(pem.read_text("ascii")))
    except (OSError, ValueError) as error:
        raise StoreError("store", f"{pem} holds no certificate with its key ({error}).") from error
    return context, hashlib.sha256(der).hexdigest()


def _first_certificate(text: str) -> str:
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    body = text[text.index(begin) + len(begin) :]
    return begin + body[: body.index(end)] + end + "\n"
