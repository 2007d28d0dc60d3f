"""The list of phones with a real dnsmasq, set up as by the hotspot, and a phone that gets an address and asks names."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from appliance.core.timeline import Step
from appliance.services.phones import Phones
from appliance.visits import Visits
from provisioning.hotspot import names
from tests.box import stall_with
from tests.organizer import Organizer

pytestmark = pytest.mark.netns

TOOLS = ("dnsmasq", "udhcpc", "dig", "unshare", "nsenter", "ip")
PHONE = "02:00:00:00:00:57"
NETWORK = f"""
ip link add box0 type veth peer name phone0
unshare --net sleep 60 & phone=$!
until [ "$(readlink /proc/$phone/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
ip link set phone0 netns $phone address {PHONE}
ip address add 10.42.0.1/24 dev box0
ip link set box0 up
inside="nsenter --target $phone --net"
$inside ip link set phone0 up
dnsmasq --conf-file=/dev/null --no-hosts --keep-in-foreground --bind-interfaces --except-interface=lo \
  --listen-address=10.42.0.1 --dhcp-range=10.42.0.57,10.42.0.57,60m --dhcp-leasefile="$1/leases" --pid-file= \
  --conf-dir="$1/shared.d" & dnsmasq=$!
sleep 0.5
$inside udhcpc -i phone0 -n -q -f -s "$1/lease" >/dev/null 2>&1
for name in connectivitycheck.gstatic.com secret.example.org; do
  $inside dig +short +tries=1 +time=5 @10.42.0.1 $name
done
kill $dnsmasq $phone
"""
LEASE = '#!/bin/sh\n[ "$1" != bound ] || ip address add "$ip/24" dev "$interface"\n'


async def test_dnsmasq_tells(tmp_path: Path) -> None:
    """Its log comes through the pipe: the phone's lease and that it asked, with the system's name and no other."""
    if os.geteuid() != 0:
        pytest.skip("networks of their own are made as root")
    for tool in TOOLS:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    held = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)  # as systemd holds it
    shared = tmp_path / "shared.d"
    shared.mkdir()
    text = names.render(None, None, watched=True).replace(f"/{names.PIPE}", str(pipe))
    (shared / "stallbox.conf").write_text(text)
    (tmp_path / "lease").write_text(LEASE)
    (tmp_path / "lease").chmod(0o755)
    async with stall_with(tmp_path / "data", Organizer(tmp_path)) as stall:
        visits = Visits(hardware=lambda _: None)
        task = asyncio.ensure_future(Phones(stall.house, visits, None, held, lambda: None).hear())
        command = ("unshare", "--net", "--pid", "--mount-proc", "--fork", "--kill-child", "sh", "-euc", NETWORK, "sh")
        done = await asyncio.create_subprocess_exec(*command, tmp_path, stdout=asyncio.subprocess.PIPE)
        answers, _ = await done.communicate()
        async with asyncio.timeout(5):
            while Step.DNS not in visits.visit("10.42.0.57").timeline.moments:
                await asyncio.sleep(0.01)
        task.cancel()
    os.close(held)
    assert answers.split() == [b"198.51.100.1"] * 2
    moments = visits.visit("10.42.0.57").timeline.moments
    assert {step: moment.what for step, moment in moments.items()} == {
        Step.LEASE: "",
        Step.DNS: "connectivitycheck.gstatic.com",
    }
    assert moments[Step.DNS].count == 2
