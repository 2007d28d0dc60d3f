"""The access point: a bridge that keeps its phones apart, as isolation does in a radio and in a bought access point."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.netns.machines import Machine, wire
from tests.netns.phones import PORT


@contextlib.contextmanager
def access_point(air: Machine, box: Machine, interface: str) -> Iterator[None]:
    """`air` is the access point of the box, at its `interface`."""
    air.run("ip", "link", "add", "air", "type", "bridge")
    air.run("ip", "link", "set", "dev", "air", "up")
    with wire(box, interface, air, "box"):
        air.run("ip", "link", "set", "dev", "box", "master", "air")
        yield


@contextlib.contextmanager
def associated(air: Machine, phone: Machine, port: str) -> Iterator[None]:
    """The machine is at the access point with its `wlan0`."""
    with wire(phone, PORT, air, port):
        air.run("ip", "link", "set", "dev", port, "master", "air")
        air.run("ip", "link", "set", "dev", port, "type", "bridge_slave", "isolated", "on")
        yield
