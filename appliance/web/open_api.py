"""The API for everybody, `/api/v1`: readers and kiosks ask for offers, redeem tokens and look claims up.

Only one thing here needs a paired phone: an offer below the list price.
"""

from __future__ import annotations

from importlib import resources

from aiohttp import web

from appliance.core.documents import MAX_INTEGER
from appliance.errors import RequestError
from appliance.stall.stall import Stall
from appliance.web import orders
from appliance.web.answers import claim_answer, drop_answer, redeemed_answer
from appliance.web.api import BASE, key_field
from appliance.web.guard import Guard
from appliance.web.pages import json_answer
from appliance.weblib.idempotency import InFlight


class OpenApi:
    """`guard` knows who may give a discount."""

    def __init__(self, stall: Stall, guard: Guard, in_flight: InFlight) -> None:
        self._stall = stall
        self._guard = guard
        self._in_flight = in_flight
        self._document = (resources.files("appliance.web") / "openapi.json").read_bytes()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{BASE}/openapi.json", self.document),
            web.get(f"{BASE}/drops", self.drops),
            web.get(f"{BASE}/offers/{{slug}}", self.offer),
            web.post(f"{BASE}/redeem", self.redeem),
            web.get(f"{BASE}/claims/{{code}}", self.claim),
        ]

    async def document(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._document, content_type="application/json")

    async def drops(self, _request: web.Request) -> web.Response:
        """What is for sale and what is left of it."""
        found = []
        for drop in (await self._stall.stock.status()).drops:
            held = self._stall.catalogue.by_slug(drop.slug)
            found.append(drop_answer(drop, held.manifest, await self._stall.stock.price_stock(held)))
        return json_answer({"drops": found})

    async def offer(self, request: web.Request) -> web.Response:
        """Something to sign, at the list price or more; below it for a paired phone that says why."""
        price, amount, reason = (request.query.get(name) or None for name in ("price", "amount", "reason"))
        if reason is not None:
            await self._guard.phone(request)
        offered = await self._stall.offers.offer(request.match_info["slug"], price, _amount(amount), reason)
        return json_answer(offered.answer())

    async def redeem(self, request: web.Request) -> web.Response:
        """Redeems a payment token. With an Idempotency-Key the same request gets the same answer."""
        token = _token(await request.read())
        key = await key_field(request)
        with self._in_flight.hold(key):
            redeemed = await self._stall.redeemer.redeem(token, key=key)
        return json_answer(redeemed_answer(redeemed))

    async def claim(self, request: web.Request) -> web.Response:
        """A claim, for whoever has its code. Looking opens nothing."""
        return json_answer(
            claim_answer(await self._stall.claims.find(request.match_info["code"], request.remote or ""))
        )


def _amount(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 16 and int(text) <= MAX_INTEGER):
        raise RequestError("bad-request", "“amount” must be a whole number of minor units, such as 800.")
    return int(text)


def _token(body: bytes) -> str:
    fields = orders.read_object(body)
    token = fields.get("token")
    if set(fields) != {"token"} or not isinstance(token, str):
        raise RequestError("bad-request", "The body must be an object with one field, “token”: a text.")
    return token
