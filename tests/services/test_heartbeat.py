"""The heartbeat as systemd hears it: datagrams on a socket, and silence when the box cannot record."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.errors import StoreError
from appliance.services import heartbeat
from tests.organizer import Organizer
from tests.stall.counter import open_counter


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The service manager's end."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield manager


def heard(manager: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(manager.recv(100))
        except BlockingIOError:
            return found


def test_notify(systemd: socket.socket) -> None:
    """A state is one datagram."""
    heartbeat.notify("READY=1")
    heartbeat.notify("STOPPING=1")
    assert heard(systemd) == [b"READY=1", b"STOPPING=1"]


def test_abstract_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that begins with @ is in the abstract name space."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind("\0stallbox-heartbeat-test")
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", "@stallbox-heartbeat-test")
        heartbeat.notify("READY=1")
        assert heard(manager) == [b"READY=1"]


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a service manager nothing is sent and nothing fails."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    heartbeat.notify("READY=1")


def test_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """The box beats twice as often as systemd asks for."""
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    assert heartbeat.period_s() == 15.0
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    assert heartbeat.period_s() == 0.1


async def test_beats_through_the_ledger(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """While the ledger records there are beats, and they write nothing to it."""
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        house = counter.stall.house
        size = house.ledger.head.size
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(heartbeat.beat(lambda: house.ledger.prove(house.now())), 0.3)
        assert house.ledger.head.size == size
    assert len(heard(systemd)) > 3


async def test_survives_a_refusal(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that refuses still answers: it is asked again at every beat, and not restarted."""
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    asked = 0

    async def prove() -> None:
        nonlocal asked
        asked += 1
        raise StoreError("not-ready", "The disk is full.")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(heartbeat.beat(prove), 0.3)
    assert asked > 3
    assert len(heard(systemd)) > 3


async def test_ends_with_its_proof(systemd: socket.socket) -> None:
    """A box whose ledger has a fault of its own beats no more, and the fault ends the process."""

    async def prove() -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        await heartbeat.beat(prove)
    assert heard(systemd) == []


async def test_hangs_with_its_proof(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box whose ledger does not answer beats no more."""
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(heartbeat.beat(asyncio.Event().wait), 0.2)
    assert heard(systemd) == []
