"""A phone in the box's network: it joins, asks for names and opens pages with tools that know nothing of the box."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from appliance.core.network import ON_LINK
from appliance.core.probes import Probe
from provisioning.doctor.phones import PROBE_AGENTS
from provisioning.doctor.verdict import Answer, Verdict, verdict
from tests.netns.machines import Machine

PORT = "wlan0"
PORTAL = f"http://{ON_LINK}/captive-portal"
_SILENT_S = 1.5

# What a phone was told stays readable.
_TOLD = "/run/told"
_SCRIPT = f'#!/bin/sh\n[ "$1" != bound ] || env >{_TOLD}\nexec /etc/udhcpc/default.script "$@"\n'
# With another hardware address: the phone was made to forget this Wi-Fi, so the box meets it for the first time.
_JOIN = """
ip link set dev wlan0 down
ip link set dev wlan0 address "$1" up
udhcpc --interface wlan0 --script /run/dhcp --now --quit --retries 20 --timeout 1 --request-option 114 2>/run/dhcp.log
"""
_ABOUT = '%{stderr}{"status": %{response_code}, "url": "%{url_effective}", "headers": %{header_json}}'


def address(probe: Probe) -> str:
    """Where phones of this row ask."""
    return f"http://{(probe.hosts or probe.sites)[0]}{(probe.paths or ('/',))[0]}"


@dataclass
class Phone:
    """A phone's Wi-Fi is `wlan0`; it keeps no cookies."""

    machine: Machine
    told: Mapping[str, str] = field(default_factory=dict, repr=False)  # by the DHCP server

    @property
    def address(self) -> str:
        return self.told["ip"]

    def join(self) -> Phone:
        """Joins as a phone that the box has never seen."""
        hardware = "02:" + ":".join(re.findall("..", token_hex(5)))
        self.machine.write("/run/dhcp", _SCRIPT, 0o755)
        self.machine.run("sh", "-euc", _JOIN, "join", hardware)
        lines = self.machine.run("cat", _TOLD).splitlines()
        self.told = {name: value for name, _, value in (line.partition("=") for line in lines)}
        return self

    def names(self, *names: str, kind: str = "A", at: Sequence[str] = ()) -> list[Reply]:
        """What its DNS server says of each name; `at` names another server, and how to ask it."""
        said = self.machine.run("dig", *at, *(word for name in names for word in (name, kind)))
        return [Reply.read(text) for text in said.split("->>HEADER<<-")[1:]]

    def ask(self, url: str, agent: str = "", *options: str) -> Answer:
        """One request by name, not led on."""
        return self._curl(url, agent, options)[1]

    def browse(self, url: str, agent: str, *options: str) -> tuple[str, Answer]:
        """What a browser ends up with: the last address and its answer."""
        return self._curl(url, agent, ("--location", "--header", "Accept: text/html", *options))

    def _curl(self, url: str, agent: str, options: Sequence[str]) -> tuple[str, Answer]:
        asking = ("curl", "--silent", "--max-time", "20", "--user-agent", agent, "--write-out", _ABOUT)
        done = self.machine.call(*asking, *options, url)
        assert done.returncode == 0, f"curl {url} ends with {done.returncode}"
        about = json.loads(done.stderr)
        headers = {name: values[0] for name, values in about["headers"].items()}
        return about["url"], Answer(about["status"], headers, done.stdout)

    def finds(self, probe: Probe) -> Verdict:
        """What a phone of this row's system concludes from its probe now."""
        answer = self.ask(address(probe), PROBE_AGENTS.get(probe.system, "curl/8"))
        return verdict(probe.system, answer)

    def pair(self, card: str) -> None:
        """Opens the console with the owner card."""
        console = f"https://{ON_LINK}:8443"
        form = ("--data-urlencode", f"card={card}", "--header", f"Origin: {console}")
        # An empty name makes curl keep cookies until its end; the console's certificate is the box's own.
        url, page = self.browse(f"{console}/console/pair", "", *form, "--cookie", "", "--insecure")
        assert (url, page.status) == (f"{console}/console", 200)

    def socket(self, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
        """A socket of this phone's."""
        made = self.machine.inside(lambda: socket.socket(socket.AF_INET, kind))
        made.settimeout(_SILENT_S)
        return made

    def reaches(self, address: str, port: int) -> bool:
        """True where somebody takes its connection.

        ConnectionRefusedError where it is told off, TimeoutError where it hears nothing.
        """
        with self.socket() as connection:
            connection.connect((address, port))
            return True


@dataclass(frozen=True)
class Reply:
    """A DNS server's answer: its code, and each record's data with how many seconds it may be kept."""

    status: str
    data: tuple[str, ...]
    ttls: tuple[int, ...]

    @classmethod
    def read(cls, text: str) -> Reply:
        """From what dig prints of one answer."""
        status = re.search(r"status: (\w+)", text)
        assert status is not None, text
        records = [line.split() for line in text.splitlines()[1:] if line and not line.startswith(";")]
        return cls(status[1], tuple(record[4] for record in records), tuple(int(record[1]) for record in records))
