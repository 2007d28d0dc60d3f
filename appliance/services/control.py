"""What only a command on this machine may ask of the running box: bundles in, the log out, numbers given up, the day
closed, a phone paired, the log brought to the collector, displays tried.

Served on the unix socket, beside the API. Long work answers as lines of JSON while it goes on.
"""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from appliance.board import Board
from appliance.core.commands import InvitePhone, SyncNow
from appliance.errors import RequestError, StallboxError, StoreError
from appliance.screens.turns import turn
from appliance.stall.footfall import Footfall
from appliance.stall.stall import Stall

TEST_S = 20  # the test picture
_STEP_S = 0.2


class ControlFace:
    """Answers the commands, one address for each."""

    def __init__(self, stall: Stall, footfall: Footfall, board: Board) -> None:
        self._stall = stall
        self._footfall = footfall
        self._board = board

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/control/pair", self.pair),
            web.post("/control/sync", self.sync),
            web.get("/control/screen", self.screen),
            web.post("/control/screen/test", self.test),
            web.post("/control/ingest", self.ingest),
            web.post("/control/export", self.export),
            web.post("/control/release", self.release),
            web.post("/control/close", self.close),
        ]

    async def ingest(self, request: web.Request) -> web.StreamResponse:
        """Lines `{"done","total"}` while it runs, then the outcome."""
        path = await _path(request)
        lines = await _lines(request)
        state = {"done": 0, "total": 0}

        def progress(done: int, total: int) -> None:
            state.update(done=done, total=total)

        work = asyncio.ensure_future(self._stall.papers.ingest(path, progress))
        try:
            while not work.done():
                await asyncio.wait([work], timeout=_STEP_S)
                await _write(lines, state)
            await _write(lines, (await work).answer())
        except StallboxError as refusal:
            await _refuse(lines, refusal)
        return lines

    async def export(self, request: web.Request) -> web.StreamResponse:
        """One line `{"name","data"}` per batch."""
        body = await request.json()
        first = int(body.get("from", 0))
        lines = await _lines(request)
        try:
            async for name, data in self._stall.batches(first):
                await _write(lines, {"name": name, "data": base64.b64encode(data).decode()})
        except StallboxError as refusal:
            await _refuse(lines, refusal)
        return lines

    async def release(self, request: web.Request) -> web.Response:
        """`{"drop", "ranges"}` in, the entry's reference out."""
        body = await request.json()
        return web.json_response({"entry": await self._stall.release.release(str(body["drop"]), body["ranges"])})

    async def close(self, _request: web.Request) -> web.Response:
        """Closes the day, and says how its phones got on."""
        closed = await self._stall.close.close()
        return web.json_response(closed.answer() | {"funnel": self._footfall.close(str(closed.entry)).answer()})

    async def pair(self, _request: web.Request) -> web.Response:
        """The code that is on the displays now, and for how long."""
        await self._board.ask(InvitePhone())
        invitation = self._board.scene.invitation
        if invitation is None:
            raise StoreError("not-ready", "A phone has used the code already. Ask for another one.")
        left_ms = invitation.until_ms - self._stall.house.now().boottime_ms
        return web.json_response({"url": invitation.url, "seconds": left_ms // 1000})

    async def sync(self, _request: web.Request) -> web.Response:
        """One try, and what waits after it."""
        await self._board.ask(SyncNow())
        unsynced = (await self._stall.stock.status()).unsynced
        return web.json_response({"unsynced": unsynced.count, "sending": self._board.scene.is_sending})

    async def screen(self, _request: web.Request) -> web.Response:
        """The page whose turn it is on a monitor, and how the displays are."""
        status = self._board.latest or await self._stall.stock.status()
        page = turn(replace(status, boottime_ms=self._stall.house.now().boottime_ms)).page
        return web.json_response({"page": page.value, "displays": self._displays()})

    async def test(self, _request: web.Request) -> web.Response:
        """The test picture on every display, for a while."""
        self._board.change(tested_until_ms=self._stall.house.now().boottime_ms + TEST_S * 1000)
        return web.json_response({"seconds": TEST_S, "displays": self._displays()})

    def _displays(self) -> list[dict[str, object]]:
        return [display.answer() for display in self._board.scene.displays]


async def _path(request: web.Request) -> Path:
    body = await request.json()
    path = body.get("path") if isinstance(body, dict) else None
    if not isinstance(path, str):
        raise RequestError("bad-request", "Name the bundle's folder.")
    return Path(path)


async def _lines(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    return response


async def _refuse(lines: web.StreamResponse, refusal: StallboxError) -> None:
    await _write(lines, {"code": refusal.code, "title": refusal.title, "detail": refusal.detail})


async def _write(lines: web.StreamResponse, value: object) -> None:
    await lines.write(json.dumps(value).encode() + b"\n")
