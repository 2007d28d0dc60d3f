"""Where boxes send their batches: `POST /v1/logs/<box>/batches`, and `POST /v1/hello` before it (FORMATS §6)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from aiohttp import web

from appliance.core.batch import MAX_BATCH, MEDIA_TYPE, span_of
from appliance.core.documents import HEX_ID, Fields, read_json
from appliance.errors import RequestError
from appliance.weblib.bodies import read_at_most
from appliance.weblib.idempotency import InFlight, key_of
from provisioning.collector.house import House
from provisioning.collector.ingest import Taken

_NONCE = re.compile(r"[0-9a-f]{32}")
_MAX_KEY = 200
_BODY_S = 60.0

Heard = Callable[[str, Taken | None], None]
"""A box was heard: its id, and what became of its batch; None where it only asked who is here."""


def hears_nothing(_box: str, _taken: Taken | None) -> None:
    """For whoever does not listen."""


class Reception:
    """`certificate`: SHA-256 of the DER certificate of this listener, hex; None without TLS, and then no greeting.

    `heard` is told of every box, once it is answered.
    """

    def __init__(
        self,
        house: House,
        certificate: str | None = None,
        *,
        body_s: float = _BODY_S,
        heard: Heard = hears_nothing,
    ) -> None:
        self._house = house
        self._certificate = certificate
        self._body_s = body_s
        self._heard = heard
        self._in_flight = InFlight()

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/logs/{box}/batches", self.batch), web.post("/v1/hello", self.hello)]

    async def batch(self, request: web.Request) -> web.Response:
        """201; 202 where entries below are missing; 200 for a repeat."""
        if request.content_type != MEDIA_TYPE:
            raise RequestError("bad-request", f"A batch is sent as {MEDIA_TYPE}.", status_hint=415)
        if "Content-Encoding" in request.headers:
            raise RequestError("bad-request", "A batch is sent as it is, not packed.", status_hint=415)
        key, *others = request.headers.getall("Idempotency-Key", ("",))
        if others or not 0 < len(key) <= _MAX_KEY:
            raise RequestError("bad-request", "A batch is sent with one Idempotency-Key.")
        data = await self._body(request)
        if span_of(data).box != request.match_info["box"]:
            raise RequestError("bad-request", "The address names another box than the batch.", status_hint=422)
        with self._in_flight.hold(key_of(key, request.method, request.path, b"")):
            taken, papers = await self._house.take(data, key)
        self._heard(taken.box, taken)
        status = 200 if taken.is_repeat else 202 if taken.missing else 201
        return web.json_response(taken.answer(papers), status=status)

    async def hello(self, request: web.Request) -> web.Response:
        """Proves to a box that a cosigner is at this end of the connection."""
        if self._certificate is None:
            raise RequestError("not-found", "This collector is not reached by TLS: it cannot greet.", status_hint=404)
        f = Fields(read_json(await request.read(), "The greeting", 1024), "hello", "box", "nonce")
        box = f.text("box", HEX_ID)
        paper = self._house.cosigner.hello(box, f.text("nonce", _NONCE), self._certificate)
        self._heard(box, None)
        return web.Response(body=paper, content_type="application/json")

    async def _body(self, request: web.Request) -> bytes:
        too_large = RequestError("too-large", "A batch has at most 4 MiB: split it.", status_hint=413)
        if (request.content_length or 0) > MAX_BATCH:
            raise too_large
        try:
            async with asyncio.timeout(self._body_s):
                data = await read_at_most(request.content, MAX_BATCH)
        except ConnectionError as error:
            raise RequestError("bad-request", "The connection broke before the batch was here.") from error
        except TimeoutError as error:
            raise RequestError("bad-request", "The batch took too long to arrive.", status_hint=408) from error
        if len(data) > MAX_BATCH:
            raise too_large
        return data
