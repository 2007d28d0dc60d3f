"""An event with a card reader and vouchers, and its box as it stands at the stall."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from appliance import founding
from appliance.core.keys import PrivateKey
from appliance.core.trust import Issuer
from appliance.premises import open_stall_in
from appliance.stall.stall import Stall
from appliance.web.answers import redeemed_answer
from appliance.weblib import problems
from provisioning import bundle, roster, trust
from provisioning.drops import DropFolder
from provisioning.issue import Signer
from provisioning.keys import Keyring, new_signing_key
from provisioning.people import enlist
from provisioning.quickstart import Started
from tests.organizer import DAY, NOW
from tests.provisioning.conftest import unseen
from tests.web.served import Clock


def hire(started: Started, name: str, kind: str, **limits: object) -> Signer:
    """A new issuer in the roster and in the next trust document; `limits` replace those of most."""
    workspace = started.workspace
    key = new_signing_key()
    fields = {"drops": ("*",), "max_amount": 20_000, "max_lifetime": 30 * DAY, "max_count": None, "time": False}
    issuer = Issuer(**{"key": key.public, "name": name, "kind": kind, **fields, **limits})  # type: ignore[arg-type]
    grown = roster.with_issuer(roster.load(workspace), issuer)
    enlist(workspace, grown, workspace.key("issuer", name), key, None)
    sign_trust(started)
    return Signer(issuer, key)


def sign_trust(started: Started) -> None:
    root: PrivateKey = Keyring(lambda name: name).root(started.workspace)
    trust.sign(started.workspace, [root], NOW)


@contextlib.asynccontextmanager
async def stall_of(started: Started, folder: Path) -> AsyncIterator[Stall]:
    """The workspace's box with its bundle as it would be made now; the box takes it for NOW."""
    founding.found(started.box.folder, folder / "data")
    drop = DropFolder(started.workspace.drop("harbour-lights"))
    with unseen("", 0) as advance:
        made = bundle.bundle(started.workspace, drop, started.box.box, folder / "bundles", advance)
    async with open_stall_in(folder / "data") as (stall, _):
        stall.house.now = Clock(stall.house.now)
        await stall.papers.ingest(made)
        yield stall


@dataclass
class Counter:
    """A stall's offers and redemption over HTTP on loopback. `answers_lost`: how many redemptions go unanswered."""

    stall: Stall
    url: str = ""
    answers_lost: int = 0
    redeemed: list[str] = field(default_factory=list)

    async def offer(self, request: web.Request) -> web.Response:
        price, amount = request.query.get("price"), request.query.get("amount")
        found = await self.stall.offers.offer(
            request.match_info["slug"], price, None if amount is None else int(amount)
        )
        return web.json_response(found.answer())

    async def redeem(self, request: web.Request) -> web.Response:
        token = (await request.json())["token"]
        self.redeemed.append(token)
        done = redeemed_answer(await self.stall.redeemer.redeem(token))
        if self.answers_lost:
            self.answers_lost -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(done)


@contextlib.asynccontextmanager
async def counter_of(stall: Stall) -> AsyncIterator[Counter]:
    """The counter, served until the end of the block."""
    counter = Counter(stall)
    routes = [web.get("/api/v1/offers/{slug}", counter.offer), web.post("/api/v1/redeem", counter.redeem)]
    async with serving(routes) as counter.url:
        yield counter


@contextlib.asynccontextmanager
async def serving(routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """Any routes on loopback: the address they are served at."""
    app = web.Application(middlewares=[problems.middleware(_page)])
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _page(_: web.Request, problem: problems.Problem) -> str:
    return problem.detail
