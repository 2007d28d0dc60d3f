"""The heartbeat as systemd hears it: datagrams on a socket, and silence while the box does not live."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.services import heartbeat


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


async def lives() -> bool:
    return True


async def test_beats(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box that lives beats once in every period."""
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(heartbeat.beat(lives), 0.3)
    assert 3 < len(heard(systemd)) <= 30


async def test_silent_and_asked_again(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box that does not live is silent, is asked again, and beats when it does."""
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    answers = iter([False, False, True])

    async def at_last() -> bool:
        assert heard(systemd) == []
        return next(answers, True)

    task = asyncio.create_task(heartbeat.beat(at_last))
    await asyncio.to_thread(select.select, [systemd], [], [], 10)
    task.cancel()
    assert heard(systemd) == [b"WATCHDOG=1"]
    assert next(answers, None) is None


async def test_ends_with_its_proof(systemd: socket.socket) -> None:
    """A box whose proof has a fault of its own beats no more, and the fault ends the process."""

    async def broken() -> bool:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        await heartbeat.beat(broken)
    assert heard(systemd) == []


async def test_hangs_with_its_proof(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box whose proof does not come back beats no more."""
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(heartbeat.beat(asyncio.Event().wait), 0.2)
    assert heard(systemd) == []


def test_stuck_loop(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """While something blocks the event loop there is no beat, and there are beats again after it."""
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    is_stuck, may_go_on = threading.Event(), threading.Event()

    def block() -> None:
        is_stuck.set()
        may_go_on.wait(10)

    async def beats_and_blocks() -> None:
        asyncio.get_running_loop().call_later(0.1, block)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(heartbeat.beat(lives), 1)

    thread = threading.Thread(target=asyncio.run, args=(beats_and_blocks(),))
    thread.start()
    assert is_stuck.wait(10)
    assert heard(systemd)
    time.sleep(0.2)
    assert heard(systemd) == []
    may_go_on.set()
    thread.join()
    assert heard(systemd)
