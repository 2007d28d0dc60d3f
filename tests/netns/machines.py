"""Machines made of namespaces: each has a network, a name, processes and changes below /etc and /var/lib of its own.

All of it goes with the process that holds a machine, and that goes with the test run, however it ends. Nothing of
this touches the networks, files and services of the machine that the tests run on.
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_KINDS = ("--net", "--mount", "--pid", "--uts")
_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")
# /proc is still this machine's when the first line reads there which process it is here. NetworkManager waits for no
# udev where /sys cannot be written.
_HOLD = """
read -r process rest </proc/self/stat
mount -t proc proc /proc
mount -t sysfs -o ro sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /run
for folder in /etc /var/lib; do
  mkdir -p /run/own$folder/new /run/own$folder/work
  mount -t overlay -o "lowerdir=$folder,upperdir=/run/own$folder/new,workdir=/run/own$folder/work" own $folder
done
ip link set lo up
echo "$process"
exec sleep infinity
"""


class Machine:
    """`process` holds it."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._started: list[subprocess.Popen[bytes]] = []
        self.door = (*_WITH_PARENT, "nsenter", f"--target={process}", *_KINDS, "--", *_WITH_PARENT)
        """Before a command: runs it on this machine."""

    def call(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """Runs `command` here to its end, whatever that is."""
        return subprocess.run([*self.door, *command], stdin=subprocess.DEVNULL, capture_output=True, check=False)

    def run(self, *command: str) -> str:
        """What `command` prints; AssertionError with its complaint where it fails."""
        done = self.call(*command)
        assert done.returncode == 0, f"{' '.join(command)}: {(done.stderr or done.stdout).decode()}"
        return done.stdout.decode()

    def start(self, log: Path, *command: str) -> None:
        """Starts `command` here; it ends with the machine at the latest, and so does all that it starts."""
        with log.open("ab") as out:
            within = [*self.door, *command]
            self._started.append(subprocess.Popen(within, stdin=subprocess.DEVNULL, stdout=out, stderr=out))

    def inside(self, act: Callable[[], T]) -> T:
        """What `act` gives on this machine's network: sockets that are made there belong to it for good."""

        def enter() -> T:
            with Path(f"/proc/{self._process}/ns/net").open() as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), 0):
                    raise OSError(ctypes.get_errno(), "setns(2)")
            return act()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(enter).result()

    def path(self, path: str) -> Path:
        """Where a file of this machine's lies for the tests."""
        return Path(f"/proc/{self._process}/root") / path.lstrip("/")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """A file below /etc, /run or /var/lib that only this machine has."""
        place = self.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)

    @contextlib.contextmanager
    def listening(self, *ports: int) -> Iterator[None]:
        """As if services waited at these TCP ports."""
        with contextlib.ExitStack() as stack:
            for port in ports:
                stack.enter_context(self.inside(partial(socket.create_server, ("", port))))
            yield

    def forward(self) -> None:
        """From here on its kernel leads on what is not for it."""
        self.run("busybox", "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")

    def end(self) -> None:
        """Ends what was started and still runs."""
        for started in self._started:
            started.kill()
            started.wait()


@contextlib.contextmanager
def machine() -> Iterator[Machine]:
    """A machine without any wire. OSError with the kernel's words where none can be made here."""
    command = [*_WITH_PARENT, "unshare", *_KINDS, "--fork", "--kill-child", "sh", "-euc", _HOLD]
    holding = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with holding as holder, contextlib.ExitStack() as stack:
        stack.callback(holder.kill)
        assert holder.stdout is not None
        assert holder.stderr is not None
        line = holder.stdout.readline()
        if not line:
            raise OSError(holder.stderr.read().strip())
        made = Machine(int(line))
        stack.callback(made.end)
        yield made


@contextlib.contextmanager
def wire(one: Machine, port: str, other: Machine, its_port: str) -> Iterator[None]:
    """A network cable, up at both ends."""
    ends = (f"{one._process}", "type", "veth", "peer", "name", its_port, "netns", f"{other._process}")
    subprocess.run(["ip", "link", "add", port, "netns", *ends], check=True)
    one.run("ip", "link", "set", "dev", port, "up")
    other.run("ip", "link", "set", "dev", its_port, "up")
    try:
        yield
    finally:
        one.run("ip", "link", "delete", "dev", port)
