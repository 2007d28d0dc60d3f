"""What the heartbeat rests on: a ledger that answers, and a shop that serves the box itself."""

from __future__ import annotations

import asyncio
import resource
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from appliance.errors import StoreError
from appliance.services.proof import Address, answers_itself, ledger_answers, reachable
from appliance.store import refusal
from tests.organizer import Organizer
from tests.running import Daemon, selling
from tests.stall.counter import open_counter


async def test_a_ledger_that_records(tmp_path: Path) -> None:
    """A ledger at work answers, and is not written to for that."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        house = counter.stall.house
        size = house.ledger.head.size
        assert await ledger_answers(lambda: house.ledger.prove(house.now()))
        assert house.ledger.head.size == size


async def test_a_disk_that_refuses() -> None:
    """A ledger that refuses for its disk's sake has answered: a restart would make no room."""

    async def prove() -> None:
        raise StoreError("not-ready", "The disk is full.")

    assert await ledger_answers(prove)


async def test_a_ledger_that_is_held(tmp_path: Path) -> None:
    """A ledger that another connection holds has not answered."""
    with closing(sqlite3.connect(tmp_path / "db")) as holder, closing(sqlite3.connect(tmp_path / "db")) as waiting:
        holder.execute("begin immediate")
        waiting.execute("pragma busy_timeout=0")

        async def prove() -> None:
            try:
                waiting.execute("begin immediate")
            except sqlite3.OperationalError as error:
                raise refusal.not_written(error, is_certain=True) from error

        assert not await ledger_answers(prove)


async def test_a_bug_is_raised() -> None:
    """A fault that is no refusal is not taken for an answer."""

    async def prove() -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        await ledger_answers(prove)


@asynccontextmanager
async def serving(answer: bytes | None) -> AsyncIterator[Address]:
    """A listener that gives this answer to every request; None: it says nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            asked = await reader.readuntil(b"\r\n\r\n")
            assert asked.startswith(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()


@pytest.mark.parametrize(
    ("answer", "is_served"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", False),
        (b"", False),
        (None, False),
    ],
)
async def test_a_request_to_itself(answer: bytes | None, is_served: bool) -> None:
    """Health and a ledger's refusal are service; a fault, somebody else's page, and silence are none."""
    async with serving(answer) as shop:
        assert await answers_itself(shop, 0.3) == is_served


async def test_a_shop_that_is_closed() -> None:
    """Where nobody listens nobody is served."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = server.getsockname()
    assert not await answers_itself(address)


@pytest.mark.parametrize(
    ("bound", "reached"),
    [
        (("0.0.0.0", 80), ("127.0.0.1", 80)),
        (("10.42.0.1", 80), ("10.42.0.1", 80)),
        (("::", 80, 0, 0), ("::1", 80)),
    ],
)
def test_reachable(bound: tuple[str, int], reached: Address) -> None:
    """A listener on all addresses is reached over loopback, another where it is bound."""
    assert reachable(bound) == reached


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """The service manager's end."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        yield manager


def drain(manager: socket.socket) -> int:
    """How many datagrams wait; they are taken."""
    count = 0
    manager.setblocking(False)
    try:
        while manager.recv(100):
            count += 1
    except BlockingIOError:
        return count
    finally:
        manager.settimeout(10)
    return count


def start(daemon: Daemon, systemd: socket.socket) -> None:
    """The daemon with a heartbeat every 50 ms, running."""
    daemon.start(NOTIFY_SOCKET=systemd.getsockname(), WATCHDOG_USEC="100000")
    daemon.wait_open()


def test_a_blocked_database(tmp_path: Path, systemd: socket.socket) -> None:
    """The whole box: while another program holds its database the heartbeat stops, and goes on when it lets go."""
    with selling(tmp_path, 1) as daemon:
        start(daemon, systemd)
        assert {systemd.recv(100), systemd.recv(100)} == {b"READY=1", b"WATCHDOG=1"}
        with closing(sqlite3.connect(daemon.data / "ledger.db", isolation_level=None)) as holder:
            holder.execute("begin immediate")
            await_silence(systemd)
            holder.execute("rollback")
        assert systemd.recv(100) == b"WATCHDOG=1"


def test_a_jammed_shop(tmp_path: Path, systemd: socket.socket) -> None:
    """The whole box: when the shop's listener no longer lets anybody in the heartbeat stops."""
    with selling(tmp_path, 1) as daemon:
        start(daemon, systemd)
        descriptor_limit(daemon.pid, 3)
        await_silence(systemd)


def await_silence(manager: socket.socket) -> None:
    """Waits until no beat has come for half a second, ten times its period; one that was under way may still come."""
    for _ in range(10):
        drain(manager)
        time.sleep(0.5)
        if drain(manager) == 0:
            return
    pytest.fail("the heart goes on")


def descriptor_limit(pid: int, count: int) -> None:
    """From here on the process may open no descriptor beyond `count`."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (count, hard))
