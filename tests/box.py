"""A real box on loopback: papers, ledger, shelf and all three listeners, in a folder of the test.

Its clock stands at the organizer's `NOW` unless a test moves it; the running time is the machine's own.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web

from appliance.core.card import card_hash
from appliance.core.clock import Quality, Stamp
from appliance.settings import Settings, parse
from appliance.stall.house import House
from appliance.stall.loading import editions
from appliance.stall.stall import Stall, open_stall
from appliance.store.opening import open_ledger
from appliance.store.papers import PaperShelf
from appliance.store.reader import reading
from appliance.store.second import SecondPlace
from appliance.store.shelf import Shelf
from appliance.web.app import Faces, runner
from appliance.web.delivery import Terms
from appliance.web.pace import Pace
from appliance.weblib import control, tls
from tests.organizer import NOW, Drop, Organizer

CARD = "0123456789ABCDEFGHJKMNPQRS"
BOOT = "8c2f4a52-6f0e-4f0c-9c2d-0d4b6f8c1a11"
PUBLIC = "10.42.0.1"


@dataclass
class Clock:
    """What the box takes for the time."""

    lo: int = NOW
    hi: int | None = NOW + 1
    quality: Quality = Quality.NTP

    def __call__(self) -> Stamp:
        return Stamp(self.lo, self.hi, self.quality, BOOT, time.monotonic_ns() // 1_000_000)


@dataclass
class Box:
    """The box and where its listeners are. `client` is a browser without cookies that trusts any certificate."""

    folder: Path
    organizer: Organizer
    stall: Stall
    clock: Clock
    client: ClientSession
    shop: str = ""
    console: str = ""

    async def bring(self, drop: Drop) -> None:
        """Takes a bundle of this drop in."""
        await self.stall.papers.ingest(drop.bundle(self.organizer.folder))

    @contextlib.asynccontextmanager
    async def socket(self) -> AsyncIterator[control.Control]:
        """The unix socket, as commands use it."""
        async with control.connect(self.folder) as connected:
            yield connected


@contextlib.asynccontextmanager
async def running_box(folder: Path, *, public: str = PUBLIC, patience_s: float = 20.0) -> AsyncIterator[Box]:
    """A box without drops, served until the end of the block. `patience_s`: for headers and bodies to arrive."""
    async with contextlib.AsyncExitStack() as stack:
        organizer = Organizer(_made(folder / "organizer"))
        data = _made(folder / "box")
        clock = Clock()
        settings = _settings(organizer, public)
        stall = await stack.enter_async_context(_opened(data, organizer, settings, clock))
        session = ClientSession(connector=TCPConnector(ssl=False), cookie_jar=DummyCookieJar())
        client = await stack.enter_async_context(session)
        box = Box(data, organizer, stall, clock, client)
        await _serve(box, patience_s, stack)
        yield box


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _settings(organizer: Organizer, public: str) -> Settings:
    settings = parse(f'[box]\nname = "Stall 7"\n[trust]\npin = "{organizer.pin}"\n[web]\npublic = "{public}"\n')
    return replace(settings, reserve=0)


@contextlib.asynccontextmanager
async def _opened(data: Path, organizer: Organizer, settings: Settings, clock: Clock) -> AsyncIterator[Stall]:
    (data / "keys").mkdir()
    papers = PaperShelf(data / "papers")
    second = SecondPlace(data / "keys" / "second")
    opening = open_ledger(data / "ledger.db", second, organizer.box, editions(papers), clock(), lambda: 0x3FA2BC11)
    async with opening.ledger.committing() as ledger, reading(data / "ledger.db") as reader:
        house = House(settings, organizer.box, ledger, reader, Shelf(data / "shelf", 0), papers, clock, _hear)
        yield await open_stall(house, card_hash(CARD))
    second.close()


async def _serve(box: Box, patience_s: float, stack: contextlib.AsyncExitStack) -> None:
    terms = Terms(box.stall.house.shelf.open, Pace())
    faces = Faces(box.stall, terms, box.folder / "frames" / "latest.png", body_s=patience_s)
    shop = await _started(faces.shop(), patience_s, stack)
    console = await _started(faces.console(), patience_s, stack)
    commands = await _started(faces.control(), patience_s, stack)
    await web.TCPSite(shop, "127.0.0.1", 0).start()
    context = tls.console_context(box.folder / "keys", [PUBLIC, "127.0.0.1", "localhost"], NOW)
    await web.TCPSite(console, "127.0.0.1", 0, ssl_context=context).start()
    await web.SockSite(commands, control.listen(box.folder)).start()
    box.shop = f"http://127.0.0.1:{shop.addresses[0][1]}"
    box.console = f"https://127.0.0.1:{console.addresses[0][1]}"


async def _started(app: web.Application, patience_s: float, stack: contextlib.AsyncExitStack) -> web.AppRunner:
    started = runner(app, shutdown_s=1, header_s=patience_s)
    await started.setup()
    stack.push_async_callback(started.cleanup)
    return started


def _hear(_issued: int) -> None:
    """The test's clock listens to nobody."""
