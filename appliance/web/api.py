"""The API that programs and commands use: `/api/v1`. JSON in, JSON or a problem document out."""

from __future__ import annotations

from aiohttp import web

from appliance.stall.stall import Stall
from appliance.web import orders
from appliance.web.answers import sold_answer, status_answer
from appliance.web.guard import Guard, guarded
from appliance.web.pages import json_answer
from appliance.weblib.idempotency import FIELD, Key, key_of, read_field

BASE = "/api/v1"


class Api:
    """What a paired phone, or a program on this machine, may ask for."""

    def __init__(self, stall: Stall, guard: Guard) -> None:
        self._stall = stall
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{BASE}/status", guarded(self._guard, self.status)),
            web.post(f"{BASE}/sales", guarded(self._guard, self.sell)),
        ]

    async def status(self, _request: web.Request, _by: int | None) -> web.Response:
        return json_answer(status_answer(await self._stall.stock.status()))

    async def sell(self, request: web.Request, _by: int | None) -> web.Response:
        """One sale group. With an Idempotency-Key the same request gets the same answer and sells once."""
        order = orders.from_json(await request.read())
        sold = await self._stall.seller.sell(order, key=await _key(request))
        return json_answer(sold_answer(sold))


async def _key(request: web.Request) -> Key | None:
    field = request.headers.get(FIELD)
    if field is None:
        return None
    return key_of(read_field(field), request.method, request.path, await request.read())
