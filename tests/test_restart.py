"""A restart of the daemon under systemd's sockets, while buyers download and more of them come."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handed import Held, holding
from tests.running import Daemon, selling

DOWNLOADS, EVERY_S = 20, 0.025
FILE = bytes(range(256)) * 16 * 1024  # 4 MiB
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def held() -> Iterator[Held]:
    with holding() as sockets:
        yield sockets


@pytest.fixture
def daemon(tmp_path: Path, held: Held) -> Iterator[Daemon]:
    shop, console = held.ports
    with selling(tmp_path, DOWNLOADS, ports=(shop, console), files={"track.bin": FILE}) as made:
        held.start(made)
        made.wait_open()
        yield made


async def connect(held: Held) -> Line:
    """A phone's connection: it takes little at once."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    line.setblocking(False)
    await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", held.ports[0]))
    return await asyncio.open_connection(sock=line)


async def ask(line: Line, path: str) -> int:
    """The status of a GET, its header read."""
    reader, writer = line
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    header = await reader.readuntil(b"\r\n\r\n")
    return int(header[9:12])


async def download(held: Held, claim: str) -> tuple[str, float]:
    """Slowly; the digest of what came, and when it was whole."""
    reader, writer = line = await connect(held)
    assert await ask(line, f"/c/{claim}/files/track.bin") == 200
    found = hashlib.sha256()
    while piece := await reader.read(64 * 1024):
        found.update(piece)
        await asyncio.sleep(0.03)
    writer.close()
    return found.hexdigest(), time.monotonic()


async def visit(held: Held, pause_s: float) -> int:
    """A new buyer, whose request comes `pause_s` after the connection; the status of the answer."""
    async with asyncio.timeout(30):
        line = await connect(held)
        await asyncio.sleep(pause_s)
        status = await ask(line, "/healthz")
        line[1].close()
        return status


async def visits(held: Held, enough: asyncio.Event) -> list[int | BaseException]:
    """One buyer after the other, until there are enough; what each of them met."""
    running = []
    while not enough.is_set():
        running.append(asyncio.create_task(visit(held, (0, 0.01, 0.2)[len(running) % 3])))
        await asyncio.sleep(EVERY_S)
    return await asyncio.gather(*running, return_exceptions=True)


async def test_nobody_is_turned_away(daemon: Daemon, held: Held) -> None:
    """Of 20 downloads under way at a restart all end whole, and every connection attempt is answered."""
    claims = [str(daemon.sell()["sales"][0]["claim"]) for _ in range(DOWNLOADS)]  # type: ignore[index]
    downloads = [asyncio.create_task(download(held, claim)) for claim in claims]
    enough = asyncio.Event()
    buyers = asyncio.create_task(visits(held, enough))
    await asyncio.sleep(0.5)
    stopped = time.monotonic()
    assert await asyncio.to_thread(daemon.stop) == 0
    held.start(daemon)
    await asyncio.to_thread(daemon.wait_open)
    enough.set()
    whole = hashlib.sha256(FILE).hexdigest()
    ends = await asyncio.gather(*downloads)
    assert {digest for digest, _ in ends} == {whole}
    assert min(end for _, end in ends) > stopped
    met = await buyers
    assert len(met) > 20
    assert set(met) == {200}


def test_settings_and_unit_disagree(tmp_path: Path) -> None:
    """The box serves on the sockets that fit, opens the port that is not held, and says what does not fit."""
    with holding() as held, selling(tmp_path, 1) as daemon:
        held.start(daemon)
        daemon.wait_open()
        faults = daemon.status()["faults"]
        assert isinstance(faults, list)
        for port in held.ports:
            assert any(f"port {port}" in fault["text"] for fault in faults)
