"""Listening sockets that a test holds, as systemd would, and hands to one daemon after the other."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.running import Daemon

# LISTEN_PID must be the id of the daemon itself: so this becomes it.
_BECOME = """
import os, sys
for place, held in enumerate(sys.argv[1].split(",")):
    os.dup2(int(held), 3 + place)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True)
class Held:
    """The sockets; they queue whoever comes while no daemon runs."""

    sockets: tuple[socket.socket, ...]

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(int(each.getsockname()[1]) for each in self.sockets)

    def start(self, daemon: Daemon, **environment: str) -> None:
        """Starts the daemon with them, and does not wait."""
        descriptors = [each.fileno() for each in self.sockets]
        daemon.start(
            *(sys.executable, "-ISc", _BECOME, ",".join(map(str, descriptors))),
            keeping=descriptors,
            LISTEN_FDS=str(len(descriptors)),
            LISTEN_FDNAMES=":".join("stallbox" for _ in descriptors),
            **environment,
        )


@contextlib.contextmanager
def holding(count: int = 2) -> Iterator[Held]:
    """So many sockets at free ports; their descriptors are far from those that the daemon finds them at."""
    with contextlib.ExitStack() as stack:
        plain = [stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512)) for _ in range(count)]
        yield Held(tuple(stack.enter_context(_high(each)) for each in plain))


def _high(listener: socket.socket) -> socket.socket:
    return socket.socket(fileno=fcntl.fcntl(listener.fileno(), fcntl.F_DUPFD_CLOEXEC, 100))
