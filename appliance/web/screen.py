"""The screen over HTTP, for paired browsers and this machine: it shows claims, so nobody else may look.

As one picture, and as a page that makes a browser a display: told by server-sent events that there is a new picture,
which it then fetches at its own size.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiohttp import web

from appliance.errors import RequestError
from appliance.screens.frames import Size
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages
from appliance.web.pictures import Pictures, fitted
from appliance.weblib.events import Event, Streams

_USUAL = (800, 480)
_MOST_DIGITS = 5


class Screen:
    def __init__(self, pictures: Pictures, streams: Streams, pages: Pages, guard: Guard) -> None:
        self._pictures = pictures
        self._streams = streams
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/screen.png", guarded(self._guard, self.picture)),
            web.get("/display", guarded(self._guard, self.page)),
            web.get("/display/news", guarded(self._guard, self.news)),
        ]

    async def picture(self, request: web.Request, _by: int | None) -> web.Response:
        """The screen at `width` times `height` pixels, or as near as one can be drawn."""
        picture = await self._pictures.latest(_size(request))
        return web.Response(body=picture.png, content_type="image/png")

    async def page(self, _request: web.Request, _by: int | None) -> web.Response:
        return self._pages.answer("display.html", width=_USUAL[0], height=_USUAL[1])

    async def news(self, request: web.Request, _by: int | None) -> web.StreamResponse:
        """`frame` with the picture's tag whenever there is another one of this size."""
        return await self._streams.tell(request, self._frames(_size(request)))

    async def _frames(self, size: Size) -> AsyncGenerator[Event, None]:
        async with aclosing(self._pictures.news(size)) as pictures:
            async for picture in pictures:
                yield Event("frame", picture.tag)


def _size(request: web.Request) -> Size:
    width, height = _USUAL
    return fitted(_pixels(request.query.get("width"), width), _pixels(request.query.get("height"), height))


def _pixels(text: str | None, usual: int) -> int:
    if text is None:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and int(text)):
        raise RequestError("bad-request", "“width” and “height” are whole numbers of pixels, such as 800 and 480.")
    return int(text)
