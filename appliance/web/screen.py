"""The screen over HTTP, for paired phones and this machine: it shows claims, so nobody else may look."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from appliance.errors import RequestError
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages

_NONE = "No simulated display has drawn a frame yet: name one in stallbox.toml ([[display]] with kind = simulated)."


class Screen:
    """Serves the newest frame, a PNG file that appears whole or not at all."""

    def __init__(self, frame: Path, pages: Pages, guard: Guard) -> None:
        self._frame = frame
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/screen.png", guarded(self._guard, self.picture)),
            web.get("/display", guarded(self._guard, self.page)),
        ]

    async def picture(self, _request: web.Request, _by: int | None) -> web.Response:
        try:
            data = await asyncio.to_thread(self._frame.read_bytes)
        except FileNotFoundError as error:
            raise RequestError("not-found", _NONE, status_hint=404) from error
        return web.Response(body=data, content_type="image/png")

    async def page(self, _request: web.Request, _by: int | None) -> web.Response:
        return self._pages.answer("display.html")
