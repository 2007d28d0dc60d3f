"""The helper at its socket: who is heard, what is answered, and the process as systemd starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.helper.acts import Means
from provisioning.helper.conversation import serve

ROOT = Path(__file__).parents[3]
US = {os.getuid()}


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The caller's end and the helper's."""
    caller, helper = socket.socketpair()
    caller.settimeout(10)
    with caller, helper:
        yield caller, helper


def means(done: list[str]) -> Means:
    return Means(lambda command: done.append(" ".join(command)), lambda seconds: done.append(str(seconds)), Path("/"))


def test_an_order(line: tuple[socket.socket, socket.socket]) -> None:
    """An order of the box's account is carried out before it is answered, also if it comes in pieces."""
    caller, helper = line
    done: list[str] = []
    caller.sendall(b"set-clock 17900")
    caller.sendall(b"00000\n")
    serve(helper, US, means(done))
    assert caller.recv(100) == b"done\n"
    assert done == ["1790000000"]


def test_somebody_else(line: tuple[socket.socket, socket.socket]) -> None:
    """Nobody else is heard, whatever the socket's mode lets through."""
    caller, helper = line
    done: list[str] = []
    caller.sendall(b"power-off\n")
    serve(helper, {os.getuid() + 1}, means(done))
    assert caller.recv(100) == b"refused Only the box's own account may order this.\n"
    assert done == []


@pytest.mark.parametrize("sent", [b"reboot\n", b"", b"power-off", b"x" * 1000, b"power-off\neject sda1\n"])
def test_what_is_no_order(line: tuple[socket.socket, socket.socket], sent: bytes) -> None:
    """Too little, too much or something else is refused, and nothing is done."""
    caller, helper = line
    done: list[str] = []
    caller.sendall(sent)
    caller.shutdown(socket.SHUT_WR)
    serve(helper, US, means(done))
    assert caller.recv(1000).startswith(b"refused ")
    assert done == []


def test_a_caller_that_leaves(line: tuple[socket.socket, socket.socket]) -> None:
    """What was ordered is done, if nobody waits for the answer."""
    caller, helper = line
    done: list[str] = []
    caller.sendall(b"power-off\n")
    caller.close()
    serve(helper, US, means(done))
    assert done == ["systemctl --no-block poweroff"]


def test_standard_library_only() -> None:
    """What runs as root loads nothing beyond Python's own library and the helper itself."""
    script = (
        "import sys; before = set(sys.modules); import provisioning.helper.__main__\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-Sc", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['provisioning']"


def test_as_systemd_starts_it(line: tuple[socket.socket, socket.socket]) -> None:
    """The process serves the connection that it has as standard input, and says so where it has none."""
    caller, helper = line
    caller.sendall(b"no order\n")
    command = [sys.executable, "-m", "provisioning.helper"]
    served = subprocess.run(command, cwd=ROOT, stdin=helper, capture_output=True, text=True, check=False, timeout=30)
    alone = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30
    )
    assert (alone.returncode, "started by its socket" in alone.stderr) == (1, True)
    if served.returncode:  # a machine without the account serves nobody
        assert "stallbox" in served.stderr
    else:
        assert caller.recv(1000).startswith(b"refused ")
