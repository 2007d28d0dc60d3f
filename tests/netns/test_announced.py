"""The box by its name: whoever has joined finds it through the real rules, and on the uplink it says nothing."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from appliance.core.network import ON_LINK
from appliance.services.announce import BOX, SHOP
from tests.netns.machines import Machine, machine, wire
from tests.netns.phones import Phone
from tests.netns.world import World

pytestmark = pytest.mark.netns

OUTSIDE, UPLINK = "203.0.113.9", "203.0.113.1"
_LOOK = """
import asyncio, json, sys
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncZeroconf

async def look(service, address, patience_s):
    looker = AsyncZeroconf(interfaces=[address], ip_version=IPVersion.V4Only)
    found = await looker.async_get_service_info(service, f"Stall 7.{service}", timeout=int(patience_s) * 1000)
    await looker.async_close()
    return found and {"at": found.parsed_addresses(), "port": found.port, "txt": found.decoded_properties}

print(json.dumps(asyncio.run(look(*sys.argv[1:]))))
"""


def found(machine: Machine, service: str, address: str, patience_s: int = 10) -> Any:
    """What somebody else on the network finds of “Stall 7”; None within the time."""
    return json.loads(machine.run(sys.executable, "-c", _LOOK, service, address, str(patience_s)))


def test_found_on_the_hotspot(stall: World, phone: Phone) -> None:
    """A phone that has joined finds console and shop at the box's own address, and whose they are."""
    box = stall.box.inside(stall.daemon.status)["box"]
    console = found(phone.machine, BOX, phone.address)
    assert (console["at"], console["port"]) == ([ON_LINK], 8443)
    assert console["txt"] == {"txtvers": "1", "id": box, "name": "Stall 7", "path": "/console"}
    assert found(phone.machine, SHOP, phone.address) == {"at": [ON_LINK], "port": 80, "txt": {"path": "/"}}


def test_silent_on_the_uplink(stall: World) -> None:
    """Who stands on the other side of the box hears nothing of it."""
    with machine() as outside, wire(stall.box, "uplink", outside, "eth0"):
        outside.run("ip", "address", "add", f"{OUTSIDE}/24", "dev", "eth0")
        stall.box.run("ip", "address", "add", f"{UPLINK}/24", "dev", "uplink")
        assert found(outside, BOX, OUTSIDE, 2) is None
