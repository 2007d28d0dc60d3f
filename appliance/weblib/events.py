"""Server-sent events (WHATWG HTML, §9.2): news for browsers as they come, and what every face that tells them shares.

Knows streams and their ends, not what is told. Nobody is told twice: a browser that comes back is told what is true
then, whatever it missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from aiohttp import web

from appliance.errors import RequestError

BEAT_S = 10.0
MOST = 16
_SILENCE_MS = 30_000
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of news; neither name nor data has a line break."""

    name: str
    data: str

    def encode(self) -> bytes:
        return f"event: {self.name}\ndata: {self.data}\n\n".encode()


_BEAT = Event("beat", "").encode()  # an event and no comment: a page that misses it knows that the line is dead
_BYE = Event("bye", "").encode()  # the box stops


class Streams:
    """The streams of one kind. `beat_s`: how often a silent one says that it lives; `most` at a time, and `each` to
    one address."""

    def __init__(self, *, beat_s: float = BEAT_S, most: int = MOST, each: int | None = None) -> None:
        self._beat_s = beat_s
        self._most = most
        self._each = most if each is None else each
        self._stop = asyncio.Event()
        self._open: Counter[str] = Counter()

    async def close(self, _app: web.Application) -> None:
        """Ends every stream; a signal for `on_shutdown`, which comes before a server waits for its requests."""
        self._stop.set()

    async def tell(self, request: web.Request, news: AsyncGenerator[Event, None]) -> web.StreamResponse:
        """Answers with `news` until it ends, the browser goes or the box stops. `too-many` beyond `most` and `each`.
        HEAD is answered at once and takes no place.

        The next piece is asked for when the last one has left, so that a slow browser skips what `news` skips.
        """
        async with contextlib.aclosing(news):
            if request.method == "HEAD":
                return _head()
            address = request.remote or ""
            if self._open.total() >= self._most or self._open[address] >= self._each:
                text = f"{self._open.total()} browsers are told news already. Close one of them."
                raise RequestError("too-many", text, status_hint=429)
            self._open[address] += 1
            try:
                return await self._answer(request, news)
            finally:
                self._open[address] -= 1
                self._open += Counter()  # without those that have none

    async def _answer(self, request: web.Request, news: AsyncGenerator[Event, None]) -> web.StreamResponse:
        response = _head()
        await response.prepare(request)
        _forget_the_silent(request)
        with contextlib.suppress(ConnectionError):  # the browser has gone, or its Wi-Fi has
            await self._write(request, response, news)
        return response

    async def _write(
        self, request: web.Request, response: web.StreamResponse, news: AsyncGenerator[Event, None]
    ) -> None:
        stop = asyncio.ensure_future(self._stop.wait())
        gone = asyncio.ensure_future(_departure(request))  # then the write below fails
        piece = asyncio.ensure_future(anext(news, None))
        try:
            while not stop.done():
                await asyncio.wait([piece, stop, gone], timeout=self._beat_s, return_when=asyncio.FIRST_COMPLETED)
                if not piece.done():
                    await response.write(_BYE if stop.done() else _BEAT)
                elif (event := piece.result()) is not None:
                    await response.write(event.encode())
                    piece = asyncio.ensure_future(anext(news, None))
                else:
                    return
        finally:
            for waiting in (stop, gone, piece):
                waiting.cancel()
            await asyncio.gather(stop, gone, piece, return_exceptions=True)


def _head() -> web.StreamResponse:
    return web.StreamResponse(headers={"Content-Type": "text/event-stream"})


async def _departure(request: web.Request) -> None:
    """Ends soon after the browser has gone. A write would tell as well, but with the next beat only: till then pages
    that were left would keep the places of those that are open."""
    while request.transport is not None:  # noqa: ASYNC110  # aiohttp tells nobody
        await asyncio.sleep(_LOOK_S)


def _forget_the_silent(request: web.Request) -> None:
    """Lets the kernel end a connection whose far end acknowledges nothing for half a minute (tcp(7)); by itself it
    would try for a quarter of an hour."""
    link = request.transport.get_extra_info("socket") if request.transport is not None else None
    if link is not None and link.family in {socket.AF_INET, socket.AF_INET6}:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENCE_MS)
