"""Brings the log to the collector over the network: by itself, again and again, until it is acknowledged.

What is due, and what an answer means, `stall` knows. A try that fails is repeated with growing pauses; a new route, a
collector nearby or the stall owner's *sync now* begins one at once. Selling never waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import Fingerprint

from appliance.board import Board
from appliance.core.backoff import Backoff
from appliance.core.commands import SyncNow
from appliance.core.scene import Sync, SyncDoing
from appliance.core.trust import Chain
from appliance.errors import PaperError, RequestError, StallboxError, StoreError
from appliance.services.nearby import Found
from appliance.services.sending import Answered, Collector, UnreachableError, sessions, shown_certificate
from appliance.weblib.interval_tls import Interval, client_context

_log = logging.getLogger(__name__)
_ROUTES = Path("/proc/net/route")
_DEFAULT = "00000000"
_LOOK_S = 5.0  # from one look at the routes to the next
_IDLE_S = 60.0  # with nothing to send


@dataclass(frozen=True, slots=True)
class Outbox:
    """What `stall` gives: batches that nobody has acknowledged, what to do with an answer, whom to trust."""

    box: str
    batches: Callable[[], AsyncIterator[tuple[str, bytes]]]
    hear: Callable[[bytes, int | None], Awaitable[object]]
    chain: Callable[[], Chain | None]
    interval: Interval


class Syncer:
    """`url` None: only collectors nearby are sent to. `chance` gives numbers from 0 to 1."""

    def __init__(
        self,
        outbox: Outbox,
        board: Board,
        url: str | None,
        authority: Path | None,
        *,
        backoff: Backoff = Backoff(5.0, 600.0),  # noqa: B008  # a frozen fact
        chance: Callable[[], float] = lambda: secrets.randbelow(1000) / 1000,
        routes: Path = _ROUTES,
    ) -> None:
        self._outbox = outbox
        self._board = board
        self._url = url
        self._authority = authority
        self._backoff = backoff
        self._chance = chance
        self._routes = routes
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._nearby: list[Found] = []
        board.serve(SyncNow, self.now)

    def found(self, collector: Found) -> None:
        """A collector has come up nearby: it is greeted, and sent to if it proves a cosigner's key."""
        self._nearby.append(collector)
        self._wake.set()

    async def now(self, _command: SyncNow) -> None:
        """One try at once; what stopped it is raised for whoever asked."""
        if self._url is None and not self._nearby:
            raise StoreError(
                "not-ready", "No collector is set: take the sales away on a stick, or set [sync] url in stallbox.toml."
            )
        await self._try()

    async def run(self) -> None:
        """Until it is cancelled."""
        failures = 0
        while True:
            try:
                await self._try()
            except UnreachableError:
                failures += 1
            except StallboxError as refusal:
                _log.warning("sync: %s", refusal.detail)
                failures += 1
            else:
                failures = 0
            pause = self._backoff.pause(failures, self._chance()) if failures else _IDLE_S
            if await self._wait(pause):
                failures = 0

    async def _wait(self, seconds: float) -> bool:
        """Until then; True, and sooner, where a route has come or somebody is there."""
        loop = asyncio.get_running_loop()
        until, before = loop.time() + seconds, self._default_routes()
        self._wake.clear()
        while (left := until - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LOOK_S)):
                    await self._wake.wait()
                    return True
            if self._default_routes() - before:
                return True
        return False

    async def _try(self) -> None:
        async with self._turn:
            try:
                await self._send_to_all()
            except StallboxError as refusal:
                self._board.change(sync=Sync(SyncDoing.WAITING, refusal.detail))
                raise
            self._board.change(sync=Sync(SyncDoing.DONE))

    async def _send_to_all(self) -> None:
        nearby, self._nearby = self._nearby, []
        for found in nearby:
            try:
                await self._send_nearby(found)
            except (PaperError, UnreachableError, RequestError) as refusal:
                _log.warning("the collector %s nearby: %s", found.name, refusal.detail)
        if self._url is not None:
            await self._send(self._url, self._trusted())

    async def _send_nearby(self, found: Found) -> None:
        """Its certificate proves nothing; its greeting over a connection with that very certificate does."""
        chain = self._outbox.chain()
        if chain is None:
            return
        shown = await shown_certificate(found.host, found.port)
        address, tls = f"https://{found.host}:{found.port}", Fingerprint(shown)
        async with sessions() as session:
            nonce = secrets.token_hex(16)
            name = await Collector(session, address, tls).greet(chain, self._outbox.box, nonce, shown.hex())
        _log.info("the collector %s is nearby", name)
        await self._send(address, tls)

    async def _send(self, address: str, tls: ssl.SSLContext | Fingerprint | bool) -> None:
        async with sessions() as session:
            collector = Collector(session, address, tls)
            async for _, data in self._outbox.batches():
                self._board.change(sync=Sync(SyncDoing.SENDING))
                answered: Answered = await collector.send(data)
                await self._outbox.hear(answered.data, answered.round_trip_ms)

    def _trusted(self) -> ssl.SSLContext | bool:
        """Whom to believe at the address that the settings name."""
        assert self._url is not None, "asked only where there is one"
        if self._url.startswith("http:"):
            return True
        try:
            return client_context(self._authority, self._outbox.interval)
        except (OSError, ssl.SSLError) as error:
            raise StoreError("settings", f"The authority in [sync] ca cannot be read ({error}).") from error

    def _default_routes(self) -> frozenset[str]:
        """The interfaces that lead out (proc_pid_net(5))."""
        try:
            lines = self._routes.read_text().splitlines()[1:]
        except OSError:
            return frozenset()
        return frozenset(line.split()[0] for line in lines if line.split()[1:2] == [_DEFAULT])
