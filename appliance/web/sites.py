"""How shop and console are opened, on sockets that systemd holds or on the box's own, and how they are left.

Who was let in is answered; who comes later waits in the held socket for the next daemon. Left to themselves, asyncio
drops a connection that it accepted in the very turn in which its server closes, and aiohttp closes one whose first
request is still on its way: each a phone's failed attempt. A connection that had an answer may be closed at any time,
since the client repeats its next request (RFC 9112 §9.3.1).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import weakref
from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

_BACKLOG = 512
_HANDSHAKE_S = 0.3  # TLS under way, which no server counts yet
_FIRST_REQUEST_S = 2.0
_STEP_S = 0.02


class Sites:
    """`held`: the sockets that outlive this process, by their port."""

    def __init__(self, held: Mapping[int, socket.socket]) -> None:
        self._held = held
        self._runners: list[web.AppRunner] = []
        self._heard: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()

    def watch(self, app: web.Application) -> web.Application:
        """Notes from here on which connections have sent a request; `app` must not have started."""

        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.transport is not None:
                self._heard.add(request.transport)
            return await handler(request)

        app.middlewares.insert(0, note)
        return app

    async def open(self, runner: web.AppRunner, listen: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Serves on the socket that is held for this port, else at this address; OSError where that cannot be."""
        self._runners.append(runner)
        if port in self._held:
            site: web.BaseSite = web.SockSite(runner, self._held[port], ssl_context=tls, backlog=_BACKLOG)
        else:
            site = web.TCPSite(runner, listen, port, ssl_context=tls, backlog=_BACKLOG)
        await site.start()

    async def leave(self) -> None:
        """Takes no more connections from held sockets, and returns when those taken were heard: after 0.3 to 2 s."""
        if not self._held:
            return
        loop = asyncio.get_running_loop()
        for listener in self._held.values():
            loop.remove_reader(listener)
        end = loop.time() + _FIRST_REQUEST_S
        await asyncio.sleep(_HANDSHAKE_S)
        while self._is_somebody_unheard() and loop.time() < end:  # noqa: ASYNC110  # aiohttp tells nobody
            await asyncio.sleep(_STEP_S)

    def _is_somebody_unheard(self) -> bool:
        return any(
            connection.transport is not None and connection.transport not in self._heard
            for runner in self._runners
            if runner.server is not None
            for connection in runner.server.connections
        )
