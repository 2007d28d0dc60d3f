"""A stall's whole network: the box with its real services, an access point, three phones, no uplink."""

from __future__ import annotations

import asyncio
import contextlib
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from appliance.core.probes import Apple
from appliance.settings import parse
from appliance.weblib.console_key import make_pem
from provisioning.hotspot import firewall
from tests.box import make_data, stall_with
from tests.netns.air import access_point, associated
from tests.netns.machines import Machine, machine
from tests.netns.phones import Phone
from tests.netns.serving import HANDED, pipe, serve
from tests.organizer import NOW, PHOTOS, Organizer
from tests.running import ROOT, Daemon

NAME = "stall-7.example.org"
LONG_FILE = "long.bin"
FILES = {**PHOTOS, LONG_FILE: bytes(range(256)) * 32_768}  # more than a connection holds on its way
_DAY_S = 86_400


@dataclass(frozen=True)
class Setting:
    """How a stall owner set their box."""

    hotspot: str
    apple: Apple
    is_certified: bool

    @property
    def toml(self) -> str:
        return f'[hotspot]\n{self.hotspot}[portal]\nname = "{NAME}"\napple = "{self.apple}"\n'


WIFI = Setting('ssid = "Stall 7"\nopen = true\ncountry = "DE"\n', Apple.QUIET, is_certified=False)
EXTERNAL = Setting(
    'ssid = "Stall 7"\npassphrase = "harbour-12"\naccess_point = "external"\n', Apple.POPUP, is_certified=True
)


@dataclass(frozen=True)
class World:
    setting: Setting
    box: Machine
    air: Machine
    daemon: Daemon
    phones: tuple[Phone, Phone, Phone]

    def open(self) -> None:
        """Opens the shop."""
        self.daemon.start(*self.box.door, "sh", "-euc", HANDED, "handed", PYTHONPATH=str(ROOT))
        self.box.inside(self.daemon.wait_open)

    def restart(self) -> None:
        """As after a crash of the daemon; the network goes on."""
        self.daemon.close()
        while self.box.inside(self.daemon.is_open):
            time.sleep(0.01)
        self.open()

    def sell(self) -> dict[str, str]:
        """Sells a copy at the box; its `claim`, its `pickup` number and its `number`."""
        (sale,) = cast(list[dict[str, str]], self.box.inside(self.daemon.sell)["sales"])
        return sale

    def sold(self) -> int:
        """How many copies are sold."""
        (drop,) = cast(list[dict[str, int]], self.box.inside(self.daemon.status)["drops"])
        return drop["sold"]

    def seen(self, phone: Phone) -> str:
        """What the console says of this phone."""

        def read() -> str:
            with urllib.request.urlopen("http://127.0.0.1/console/phones", timeout=10) as answer:
                return bytes(answer.read()).decode()

        page = self.box.inside(read).split("<section")
        return next(section for section in page if f">{phone.address}<" in section)

    @contextlib.contextmanager
    def without_rules(self) -> Iterator[None]:
        """As if the box had no firewall: shows that a refusal is the firewall's doing."""
        self.box.run("nft", "delete", "table", *firewall.TABLE.split())
        try:
            yield
        finally:
            self.box.run("nft", "--file", f"/{firewall.PATH}")


@contextlib.contextmanager
def world(setting: Setting, folder: Path) -> Iterator[World]:
    """The stall with this setting, its shop open; no phone has joined yet."""
    data = _founded(setting, folder)
    daemon, settings = Daemon(data, 80), parse((data / "stallbox.toml").read_text())
    assert settings.hotspot is not None
    with contextlib.ExitStack() as stack:
        box, air, *phones = [stack.enter_context(machine()) for _ in range(5)]
        stack.enter_context(access_point(air, box, settings.hotspot.interface))
        for number, phone in enumerate(phones):
            stack.enter_context(associated(air, phone, f"phone{number}"))
        stack.enter_context(pipe(box))
        serve(box, data, settings)
        stack.callback(daemon.close)
        one, two, three = map(Phone, phones)
        made = World(setting, box, air, daemon, (one, two, three))
        made.open()
        yield made


def _founded(setting: Setting, folder: Path) -> Path:
    """The data directory of a box with fifty copies."""
    organizer = Organizer(folder)
    data = make_data(folder / "box", organizer, setting.toml, listen="0.0.0.0", port=80)
    if setting.is_certified:
        begin, end = int(time.time()) - _DAY_S, max(int(time.time()), NOW) + _DAY_S  # the box knows NOW from its papers
        certificate = data / "keys" / "portal.pem"
        certificate.write_bytes(make_pem([NAME], begin, end))
        certificate.chmod(0o600)
    asyncio.run(_take_in(data, organizer))
    return data


async def _take_in(data: Path, organizer: Organizer) -> None:
    async with stall_with(data, organizer, organizer.bundle(size=50, files=FILES)):
        pass
