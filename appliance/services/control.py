"""What only a command on this machine may ask of the running box: bundles in, the log out, numbers given
up, the day closed.

Served on the unix socket, beside the API. Long work answers as lines of JSON while it goes on.
"""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

from aiohttp import web

from appliance.errors import RequestError, StallboxError
from appliance.stall.footfall import Footfall
from appliance.stall.stall import Stall

_STEP_S = 0.2


def routes(stall: Stall, footfall: Footfall) -> list[web.RouteDef]:
    async def ingest(request: web.Request) -> web.StreamResponse:
        """Lines `{"done","total"}` while it runs, then the outcome."""
        path = await _path(request)
        lines = await _lines(request)
        state = {"done": 0, "total": 0}

        def progress(done: int, total: int) -> None:
            state.update(done=done, total=total)

        work = asyncio.ensure_future(stall.papers.ingest(path, progress))
        try:
            while not work.done():
                await asyncio.wait([work], timeout=_STEP_S)
                await _write(lines, state)
            await _write(lines, (await work).answer())
        except StallboxError as refusal:
            await _refuse(lines, refusal)
        return lines

    async def export(request: web.Request) -> web.StreamResponse:
        """One line `{"name","data"}` per batch."""
        body = await request.json()
        first = int(body.get("from", 0))
        lines = await _lines(request)
        try:
            async for name, data in stall.batches(first):
                await _write(lines, {"name": name, "data": base64.b64encode(data).decode()})
        except StallboxError as refusal:
            await _refuse(lines, refusal)
        return lines

    async def release(request: web.Request) -> web.Response:
        """`{"drop", "ranges"}` in, the entry's reference out."""
        body = await request.json()
        return web.json_response({"entry": await stall.release.release(str(body["drop"]), body["ranges"])})

    async def close(_request: web.Request) -> web.Response:
        """Closes the day, and says how its phones got on."""
        closed = await stall.close.close()
        return web.json_response(closed.answer() | {"funnel": footfall.close(str(closed.entry)).answer()})

    return [
        web.post("/control/ingest", ingest),
        web.post("/control/export", export),
        web.post("/control/release", release),
        web.post("/control/close", close),
    ]


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
