"""A box on loopback with all its listeners. Its clock stands where the test puts it; running time is the machine's."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web

from appliance.board import Board
from appliance.core.clock import Quality, Stamp
from appliance.stall.stall import Stall
from appliance.visits import Visits
from appliance.web.app import Faces, runner
from appliance.web.delivery import Terms
from appliance.web.pace import Pace
from appliance.weblib import control, tls
from tests.box import make_data, stall_with
from tests.organizer import NOW, Drop, Organizer

PUBLIC = "10.42.0.1"


@dataclass
class Clock:
    """What the box takes for the time."""

    running: Callable[[], Stamp]
    lo: int = NOW
    hi: int | None = NOW + 1
    quality: Quality = Quality.NTP

    def __call__(self) -> Stamp:
        return replace(self.running(), lo=self.lo, hi=self.hi, quality=self.quality)


@dataclass
class Box:
    """The box and its addresses. `client` keeps no cookies and trusts any certificate."""

    folder: Path
    organizer: Organizer
    stall: Stall
    clock: Clock
    client: ClientSession
    shop: str
    console: str
    visits: Visits
    board: Board

    async def bring(self, drop: Drop) -> None:
        """Takes a bundle of this drop in."""
        version = drop.manifest_fields()["version"]
        assert isinstance(version, int)
        await self.stall.papers.ingest(drop.bundle(self.organizer.folder, version=version))


@contextlib.asynccontextmanager
async def running_box(
    folder: Path, *, patience_s: float = 20.0, more: str = "", is_certified: Callable[[], bool] = lambda: False
) -> AsyncIterator[Box]:
    """A box without drops, served until the end of the block. `patience_s`: for headers and bodies to arrive.

    `more`: further tables of its settings. `is_certified`: whether it holds a certificate for its own name.
    """
    organizer = Organizer(_made(folder / "organizer"))
    data = make_data(_made(folder / "box"), organizer, more)
    async with contextlib.AsyncExitStack() as stack:
        stall = await stack.enter_async_context(stall_with(data, organizer))
        stall.house.now = clock = Clock(stall.house.now)
        visits = Visits()
        terms = Terms(stall.house.shelf.open, Pace())
        board = Board()
        stall.invitations.serve_on(board)
        faces = Faces(stall, terms, board, visits, is_certified=is_certified, body_s=patience_s)
        shop, console, commands = [
            await _started(app, patience_s, stack) for app in (faces.shop(), faces.console(), faces.control())
        ]
        await web.TCPSite(shop, "127.0.0.1", 0).start()
        secure = tls.console_context(data / "keys", [PUBLIC, "127.0.0.1", "localhost"], NOW)
        await web.TCPSite(console, "127.0.0.1", 0, ssl_context=secure).start()
        await web.SockSite(commands, control.listen(data)).start()
        session = ClientSession(connector=TCPConnector(ssl=False), cookie_jar=DummyCookieJar())
        client = await stack.enter_async_context(session)
        yield Box(
            data,
            organizer,
            stall,
            clock,
            client,
            f"http://127.0.0.1:{shop.addresses[0][1]}",
            f"https://127.0.0.1:{console.addresses[0][1]}",
            visits,
            board,
        )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


async def _started(app: web.Application, patience_s: float, stack: contextlib.AsyncExitStack) -> web.AppRunner:
    started = runner(app, shutdown_s=1, header_s=patience_s)
    await started.setup()
    stack.push_async_callback(started.cleanup)
    return started
