"""The worlds that all tests of this group share: phones join anew for each test, so none meets another's traces."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.netns.machines import machine
from tests.netns.phones import Phone
from tests.netns.world import EXTERNAL, WIFI, World, world

TOOLS = {
    "dnsmasq": "dnsmasq-base",
    "nft": "nftables",
    "NetworkManager": "network-manager",
    "dbus-daemon": "dbus",
    "udhcpc": "udhcpc",
    "dig": "bind9-dnsutils",
    "curl": "curl",
    "ip": "iproute2",
    "busybox": "busybox",
    "unshare": "util-linux",
}


@pytest.fixture(scope="session")
def namespaces() -> None:
    """Skips where no machine can be made, and says why."""
    if os.geteuid() != 0:
        pytest.skip("networks of their own are for root")
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs Debian's {', '.join(missing)}")
    try:
        with machine() as tried:
            tried.run("nft", "add", "table", "inet", "tried")
    except (OSError, AssertionError) as error:
        pytest.skip(f"this kernel gives no machine of namespaces: {error}")


@pytest.fixture(scope="session", params=[WIFI, EXTERNAL], ids=["wifi", "external"])
def stall(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, namespaces: None
) -> Iterator[World]:
    """The stall with each of the two settings; every test sees both."""
    with world(request.param, tmp_path_factory.mktemp("stall")) as made:
        yield made


@pytest.fixture
def phone(stall: World) -> Phone:
    """A phone that has just joined; the box has not seen it before."""
    return stall.phones[0].join()
