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
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout, Fingerprint

from appliance.board import Board
from appliance.core.backoff import Backoff
from appliance.core.batch import MAX_BATCH
from appliance.core.commands import SyncNow
from appliance.core.scene import Sync, SyncDoing
from appliance.errors import PaperError, RequestError, StallboxError, StoreError
from appliance.services.sending import (
    TIMEOUT,
    Collector,
    Found,
    RefusedError,
    TooLargeError,
    UnreachableError,
    sessions,
    shown_certificate,
)
from appliance.stall.stall import Stall
from appliance.weblib.interval_tls import client_context

_log = logging.getLogger(__name__)
_ROUTES = Path("/proc/net/route")
_DEFAULT = "00000000"
_LOOK_S = 5.0  # from one look at the routes to the next
_REST_S = 1.0  # before a try that somebody woke: strangers can wake as often as they like
_IDLE_S = 60.0  # with nothing to send
_PATIENCE_S = 20.0  # of whoever asked for a try
_SMALLEST = 256 * 1024  # bytes of a batch: not split further
_GREETING_S = 15.0
_MOST_NEARBY = 8  # anybody may announce himself, under any number of names
_STRIKES = 3  # tries with somebody nearby who does not answer
_PASSES = 2  # the second brings what the collector said that it lacks

Open = Callable[[ClientSession], Awaitable[Collector]]


class Syncer:
    """`data`: the box's data directory, where [sync] ca lies. `chance` gives numbers from 0 to 1."""

    def __init__(
        self,
        stall: Stall,
        board: Board,
        data: Path,
        *,
        backoff: Backoff = Backoff(5.0, 600.0),  # noqa: B008  # a frozen fact
        chance: Callable[[], float] = lambda: secrets.randbelow(1000) / 1000,
        routes: Path = _ROUTES,
        look_s: float = _LOOK_S,
        rest_s: float = _REST_S,
        timeout: ClientTimeout = TIMEOUT,
    ) -> None:
        settings = stall.house.settings.sync
        self._stall = stall
        self._board = board
        self._url = settings.url
        self._authority = data / settings.ca if settings.ca else None
        self._backoff = backoff
        self._chance = chance
        self._routes = routes
        self._look_s = look_s
        self._timeout = timeout
        self._rest_s = rest_s
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._asked: set[asyncio.Task[None]] = set()
        self._nearby: dict[str, Found] = {}
        self._strikes: dict[str, int] = {}
        self._unmet: set[str] = set()  # those nearby that were not greeted yet
        self._limit = MAX_BATCH
        board.serve(SyncNow, lambda _: self.now())

    def found(self, collector: Found) -> None:
        """A collector has come up nearby: it is greeted, and sent to if it proves a cosigner's key."""
        if collector.name not in self._nearby and len(self._nearby) >= _MOST_NEARBY:
            return
        self._nearby[collector.name] = collector
        self._strikes[collector.name] = 0
        self._unmet.add(collector.name)
        self._wake.set()

    def gone(self, name: str) -> None:
        """The collector of this name has left."""
        self._nearby.pop(name, None)
        self._strikes.pop(name, None)
        self._unmet.discard(name)

    async def once(self) -> None:
        """One try, however long it takes; what stops it is raised."""
        if self._url is None and not self._nearby:
            raise StoreError(
                "not-ready", "No collector is set: take the sales away on a stick, or set [sync] url in stallbox.toml."
            )
        await self._try()

    async def now(self) -> None:
        """One try at once, as `once`; one that takes long goes on by itself."""
        if self._turn.locked():
            raise StoreError("not-ready", "The box is sending just now.")
        trying = asyncio.create_task(self.once(), name="sync now")
        self._asked.add(trying)
        trying.add_done_callback(self._done)
        await asyncio.wait({trying}, timeout=_PATIENCE_S)
        if trying.done():
            trying.result()

    def _done(self, trying: asyncio.Task[None]) -> None:
        """What stopped it stands in the scene, also where nobody waits for it any more."""
        self._asked.discard(trying)
        if not trying.cancelled():
            trying.exception()

    async def run(self) -> None:
        """Until it is cancelled."""
        failures, said = 0, ""
        while True:
            routes = self._default_routes()
            try:
                await self._try()
            except StallboxError as refusal:
                failures += 1
                if refusal.detail != said:
                    _log.warning("sync: %s", refusal.detail)
                said = refusal.detail
            else:
                failures, said = 0, ""
            pause = self._backoff.pause(failures, self._chance()) if failures else _IDLE_S
            if await self._wait(pause, routes):
                failures = 0
                await asyncio.sleep(self._rest_s)

    async def _wait(self, seconds: float, before: frozenset[str]) -> bool:
        """Until then; True, and sooner, where a route has come that was not there before, or somebody is there."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (left := until - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, self._look_s)):
                    await self._wake.wait()
                    return True
            routes = self._default_routes()
            if routes - before:
                return True
            before = routes
        return False

    async def _try(self) -> None:
        async with self._turn:
            self._wake.clear()
            try:
                has_sent = await self._send_to_all()
            except StallboxError as refusal:
                self._board.change(sync=Sync(SyncDoing.WAITING, refusal.detail))
                raise
            if has_sent:
                self._board.change(sync=Sync(SyncDoing.DONE))

    async def _send_to_all(self) -> bool:
        """Whether there was anybody; the first refusal is raised once all were tried."""
        refusals: list[StallboxError] = []
        if self._url is not None:
            try:
                await self._send(self._set_collector)
            except StallboxError as refusal:
                refusals.append(refusal)
        for found in list(self._nearby.values()):
            await self._send_nearby(found, refusals)
        if refusals:
            raise refusals[0]
        return bool(self._nearby or self._url)

    async def _send_nearby(self, found: Found, refusals: list[StallboxError]) -> None:
        """Somebody who proves no key, or stays silent, is left alone until he comes up anew; he is no trouble of this
        box that has a collector of its own."""
        try:
            await self._send(lambda session: self._greeted(session, found), is_greeted=found.name in self._unmet)
        except (PaperError, RequestError) as refusal:
            _log.warning("the collector %s nearby: %s", found.name, refusal.detail)
            self.gone(found.name)
        except UnreachableError as refusal:
            self._strike(found)
            if self._url is None:
                refusals.append(refusal)
        except StallboxError as refusal:
            refusals.append(refusal)
        else:
            self._unmet.discard(found.name)
            self._strikes[found.name] = 0

    def _strike(self, found: Found) -> None:
        self._strikes[found.name] = strikes = self._strikes.get(found.name, 0) + 1
        if strikes >= _STRIKES:
            self.gone(found.name)

    async def _greeted(self, session: ClientSession, found: Found) -> Collector:
        """Its certificate proves nothing; its greeting over a connection with that very certificate does."""
        chain = self._stall.catalogue.chain
        if chain is None:
            raise StoreError("not-ready", "The box has no trust document yet, so it can tell nobody from a stranger.")
        nonce = secrets.token_hex(16)
        try:
            async with asyncio.timeout(_GREETING_S):
                host, shown = await shown_certificate(found.hosts, found.port)
                collector = Collector(session, f"https://{host}:{found.port}", Fingerprint(shown))
                name = await collector.greet(chain, self._stall.house.box_id, nonce, shown.hex())
        except TimeoutError as error:
            raise UnreachableError("not-ready", f"The collector {found.name} nearby does not greet.") from error
        _log.info("the collector %s is nearby", name)
        return collector

    async def _set_collector(self, session: ClientSession) -> Collector:
        assert self._url is not None, "asked only where there is one"
        return Collector(session, self._url, self._trusted(self._url))

    async def _send(self, meet: Open, *, is_greeted: bool = False) -> None:
        """All that waits, and then what the collector turned out to lack. `is_greeted`: even with nothing to send.

        A batch that is refused keeps no other back.
        """
        refusals: list[StallboxError] = []
        async with sessions(self._timeout) as session:
            collector = await meet(session) if is_greeted else None
            for _ in range(_PASSES):
                async for _, data in self._stall.outbox(limit=self._limit):
                    self._board.change(sync=Sync(SyncDoing.SENDING))
                    collector = collector or await meet(session)
                    try:
                        await self._send_batch(collector, data)
                    except RefusedError as refusal:
                        refusals.append(refusal)
                if not self._stall.acknowledgements.lacks:
                    break
            else:
                refusals.append(StoreError("not-ready", "The collector still lacks entries that this box cannot give."))
        if refusals:
            raise refusals[0]

    async def _send_batch(self, collector: Collector, data: bytes) -> None:
        try:
            answered = await collector.send(data)
        except TooLargeError:
            if self._limit > _SMALLEST:
                self._limit //= 2
                self._wake.set()
            raise
        await self._stall.acknowledgements.hear(answered.data, answered.round_trip_ms, data)

    def _trusted(self, url: str) -> ssl.SSLContext | bool:
        """Whom to believe at the address that the settings name."""
        if url.startswith("http:"):
            return True  # on this machine
        try:
            return client_context(self._authority, self._interval)
        except (OSError, ssl.SSLError) as error:
            raise StoreError("settings", f"The authority in [sync] ca cannot be read ({error}).") from error

    def _interval(self) -> tuple[int, int | None]:
        now = self._stall.house.now()
        return now.lo, now.hi

    def _default_routes(self) -> frozenset[str]:
        """The interfaces that lead out (proc_pid_net(5))."""
        try:
            lines = self._routes.read_text().splitlines()[1:]
        except OSError:
            return frozenset()
        return frozenset(line.split()[0] for line in lines if line.split()[1:2] == [_DEFAULT])
