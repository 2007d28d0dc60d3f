"""The listening sockets that a service manager holds for the box, so that nobody is turned away while it restarts:
the protocol of sd_listen_fds(3), without its library.

Knows descriptors and ports, no HTTP. Two sockets of one unit share their name, so it is the port that tells them apart.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appliance.errors import StoreError

_FIRST = 3  # SD_LISTEN_FDS_START


@dataclass(frozen=True, slots=True)
class Handed:
    """An inherited descriptor, and the name that the unit of its socket gives it; empty where it has none."""

    descriptor: int
    name: str


def handed_over(environment: Mapping[str, str], process: int) -> tuple[Handed, ...]:
    """What LISTEN_FDS and LISTEN_FDNAMES hand to the process with this id; nothing where LISTEN_PID is another.

    Raises StoreError where they contradict themselves.
    """
    if environment.get("LISTEN_PID") != str(process):
        return ()
    count = environment.get("LISTEN_FDS", "")
    if not (count.isascii() and count.isdecimal() and len(count) <= 4):
        raise StoreError("store", f"LISTEN_FDS is {count!r}, which is no number of sockets: start the box by systemd.")
    descriptors = range(_FIRST, _FIRST + int(count))
    names = environment.get("LISTEN_FDNAMES")
    split = names.split(":") if names else [""] * len(descriptors)
    if len(split) != len(descriptors):
        raise StoreError("store", f"LISTEN_FDNAMES is {names!r}, but there are {count} sockets: look at their units.")
    return tuple(Handed(descriptor, name) for descriptor, name in zip(descriptors, split, strict=True))


def take(handed: Iterable[Handed]) -> dict[int, socket.socket]:
    """The sockets by the TCP port that they listen on; no program that the box starts inherits them.

    Raises StoreError for a descriptor that is no listening TCP socket.
    """
    taken = {}
    for each in handed:
        try:
            listener = _listener(each.descriptor)
        except OSError as error:
            text = f"The socket {each.name or each.descriptor} that systemd hands over cannot be used ({error})."
            raise StoreError("store", text) from error
        taken[int(listener.getsockname()[1])] = listener
    return taken


def pipe(handed: Iterable[Handed], name: str) -> int | None:
    """The descriptor of the pipe that a unit hands over under this name; None where none does."""
    found = next((each.descriptor for each in handed if each.name == name), None)
    if found is not None:
        os.set_inheritable(found, False)
    return found


def _listener(descriptor: int) -> socket.socket:
    os.set_inheritable(descriptor, False)
    found = socket.socket(fileno=descriptor)
    is_tcp = found.family in {socket.AF_INET, socket.AF_INET6} and found.type == socket.SOCK_STREAM
    if not (is_tcp and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)):
        found.close()
        raise OSError("it does not listen for TCP")
    found.setblocking(False)
    return found
