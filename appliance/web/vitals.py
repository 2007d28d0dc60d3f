"""Whether the box is well, for programs that watch it: /healthz and /metrics."""

from __future__ import annotations

from aiohttp import web

from appliance.stall.stall import Stall
from appliance.web import metrics
from appliance.web.pages import json_answer
from appliance.weblib.security import from_loopback


class Vitals:
    """`open_to_all`: whether the listener shows the numbers to everybody (the console's) or to loopback only."""

    def __init__(self, stall: Stall, *, open_to_all: bool) -> None:
        self._stall = stall
        self._open_to_all = open_to_all

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/healthz", self.health), web.get("/metrics", self.numbers)]

    async def health(self, _request: web.Request) -> web.Response:
        """200 while the ledger answers; what keeps it from answering is a problem with 503."""
        status = await self._stall.stock.status()
        return json_answer({"status": "warn" if status.faults else "pass", "entries": status.size})

    async def numbers(self, request: web.Request) -> web.Response:
        if not (self._open_to_all or from_loopback(request)):
            raise web.HTTPNotFound
        status = await self._stall.stock.status()
        return web.Response(body=metrics.metrics(status).encode(), headers={"Content-Type": metrics.CONTENT_TYPE})
