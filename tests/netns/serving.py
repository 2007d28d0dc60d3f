"""How the box comes to serve its network: files rendered by stallbox-hotspot, read by the programs they are for.

Where the setting is an access point on Ethernet, everything is as at boot. A radio there is none, so NetworkManager
cannot open a Wi-Fi: there the rest is started as it would.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from appliance.core.network import ON_LINK
from appliance.settings import Settings
from provisioning.hotspot import firewall, names
from provisioning.hotspot.access_point import PREFIX
from provisioning.hotspot.render import render
from tests.netns import manager
from tests.netns.machines import Machine
from tests.running import ROOT

# nm-dnsmasq-manager.c of NetworkManager 1.42 to 1.52
_AS_NETWORK_MANAGER = (
    *("--conf-file=/dev/null", "--no-hosts", "--keep-in-foreground", "--bind-interfaces", "--except-interface=lo"),
    *("--clear-on-reload", "--strict-order", f"--listen-address={ON_LINK}"),
    *("--dhcp-range=10.42.0.10,10.42.0.254,60m", "--dhcp-leasefile=/run/dnsmasq.leases"),
    *("--pid-file=/run/dnsmasq.pid", f"--conf-dir=/{Path(names.PATH).parent}"),
)


_PIPE_SIZE = 1 << 20  # as in the unit
HANDED = f'exec 3<>/{names.PIPE}; export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=stallbox-phones; exec "$@"'
"""A shell's script that starts the daemon, which comes after it, as `stallbox-phones.socket` does."""


@contextlib.contextmanager
def pipe(box: Machine) -> Iterator[None]:
    """The pipe for dnsmasq's log, held as by systemd whether or not the daemon runs."""
    box.run("mkfifo", "--mode=600", f"/{names.PIPE}")
    held = os.open(box.path(names.PIPE), os.O_RDWR)
    fcntl.fcntl(held, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
    try:
        yield
    finally:
        os.close(held)


def serve(box: Machine, data: Path, settings: Settings) -> None:
    """The box has its address, its rules, and gives leases and names as `settings` say."""
    assert settings.hotspot is not None
    if settings.hotspot.radio is None:
        _by_network_manager(box, data, settings.hotspot.interface)
    else:
        _by_hand(box, data, settings, settings.hotspot.interface)


def _by_network_manager(box: Machine, data: Path, interface: str) -> None:
    apply = (sys.executable, "-m", "provisioning.hotspot", "--dir", str(data))
    box.run("env", f"PYTHONPATH={ROOT}", *apply)
    manager.start(box, data / "manager.log", interface)
    active = ("nmcli", "--terse", "--fields", "NAME,STATE", "connection", "show", "--active")
    manager.wait_until(box, "stallbox-hotspot:activated", *active)


def _by_hand(box: Machine, data: Path, settings: Settings, interface: str) -> None:
    files = render(settings, certified=False, watched=True)
    for path in (names.PATH, firewall.PATH):
        box.write(f"/{path}", files[path])
    box.run("nft", "--file", f"/{firewall.PATH}")
    box.run("ip", "address", "add", f"{ON_LINK}/{PREFIX}", "dev", interface)
    box.start(data / "dnsmasq.log", "dnsmasq", *_AS_NETWORK_MANAGER)
