"""The real NetworkManager on a machine, with the bus that it needs."""

from __future__ import annotations

import time
from pathlib import Path

from tests.netns.machines import Machine

CONFIGURATION = "/etc/NetworkManager/NetworkManager.conf"

_PATIENCE_S = 30.0


def start(machine: Machine, log: Path, *ports: str, more: str = "") -> None:
    """Starts it and waits until it listens. It cares for `ports` alone; `more`: of NetworkManager.conf(5)."""
    devices = ";".join(f"interface-name:{port}" for port in ports)
    # Without udev's word it would leave such ports alone.
    ours = f"[main]\nplugins=keyfile\nno-auto-default=*\n[device]\nmatch-device={devices}\nmanaged=1\n"
    machine.write(CONFIGURATION, ours + more)
    machine.run("mkdir", "-p", "/run/dbus")
    machine.run("dbus-daemon", "--system", "--fork", "--nopidfile")
    machine.start(log, "NetworkManager", "--debug")
    wait_until(machine, "running", "nmcli", "--terse", "--fields", "RUNNING", "general")


def wait_until(machine: Machine, wanted: str, *command: str) -> None:
    """Until `command` prints `wanted` alone or as one of its lines."""
    end = time.monotonic() + _PATIENCE_S
    while wanted not in (said := machine.call(*command).stdout.decode()).splitlines():
        assert time.monotonic() < end, f"{' '.join(command)} says {said!r}, never {wanted!r}"
        time.sleep(0.05)
