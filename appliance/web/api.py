"""The API for those who sell, `/api/v1`: a paired phone, or a program on this machine. `open_api` is for everybody."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from appliance.board import Board
from appliance.stall.stall import Stall
from appliance.web import orders
from appliance.web.answers import sold_answer, status_answer
from appliance.web.guard import Guard, guarded
from appliance.web.pages import json_answer
from appliance.weblib.idempotency import FIELD, InFlight, Key, key_of, read_field

BASE = "/api/v1"


class Api:
    """Sells, and says how the box is; `board` knows what goes on around the sale."""

    def __init__(self, stall: Stall, board: Board, guard: Guard, in_flight: InFlight) -> None:
        self._stall = stall
        self._board = board
        self._guard = guard
        self._in_flight = in_flight

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{BASE}/status", guarded(self._guard, self.status)),
            web.post(f"{BASE}/sales", guarded(self._guard, self.sell)),
        ]

    async def status(self, _request: web.Request, _by: int | None) -> web.Response:
        status = await self._stall.stock.status()
        return json_answer(status_answer(replace(status, scene=self._board.scene)))

    async def sell(self, request: web.Request, _by: int | None) -> web.Response:
        """One sale group. With an Idempotency-Key the same request gets the same answer and sells once."""
        order = orders.from_json(await request.read())
        key = await key_field(request)
        with self._in_flight.hold(key):
            sold = await self._stall.seller.sell(order, key=key)
        return json_answer(sold_answer(sold))


async def key_field(request: web.Request) -> Key | None:
    """The request's Idempotency-Key, if it has one; `bad-request` for one that is none."""
    field = request.headers.get(FIELD)
    if field is None:
        return None
    return key_of(read_field(field), request.method, request.path, await request.read())
