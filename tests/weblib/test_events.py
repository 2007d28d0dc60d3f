"""Server-sent events: what a stream says while it has no news, and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from aiohttp import ClientSession, web

from appliance.weblib import problems
from appliance.weblib.events import Event, Streams


class Source:
    """News that a test tells, and how many streams listen."""

    def __init__(self) -> None:
        self.news: asyncio.Queue[Event | None] = asyncio.Queue()
        self.listeners = 0

    async def listen(self) -> AsyncGenerator[Event, None]:
        self.listeners += 1
        try:
            while (event := await self.news.get()) is not None:
                yield event
        finally:
            self.listeners -= 1

    async def wait_for(self, listeners: int) -> None:
        async with asyncio.timeout(5):
            while self.listeners != listeners:
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def serving(streams: Streams, source: Source, shutdown_s: float = 30) -> AsyncIterator[tuple[str, web.AppRunner]]:
    async def tell(request: web.Request) -> web.StreamResponse:
        return await streams.tell(request, source.listen())

    app = web.Application(middlewares=[problems.middleware(lambda _request, problem: problem.detail)])
    app.router.add_get("/news", tell)
    app.on_shutdown.append(streams.close)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_s)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/news", runner
    finally:
        await runner.cleanup()


async def test_news_as_they_come() -> None:
    """Each piece arrives by itself, as the standard writes it; the stream ends with its source."""
    source = Source()
    async with serving(Streams(), source) as (address, _), ClientSession() as client, client.get(address) as answer:
        for event in (Event("frame", "a1"), Event("frame", "b2")):
            source.news.put_nowait(event)
            lines = [await answer.content.readline() for _ in range(3)]
            assert lines == [b"event: frame\n", f"data: {event.data}\n".encode(), b"\n"]
        source.news.put_nowait(None)
        assert await answer.content.read() == b""


async def test_a_silent_stream_says_that_it_lives() -> None:
    """Without news there is a beat now and then, and the news that comes afterwards is not lost."""
    source = Source()
    async with (
        serving(Streams(beat_s=0.02), source) as (address, _),
        ClientSession() as client,
        client.get(address) as answer,
    ):
        assert await answer.content.readuntil(b"\n\n") == b"event: beat\ndata: \n\n"
        source.news.put_nowait(Event("frame", "a1"))
        while (heard := await answer.content.readuntil(b"\n\n")) == b"event: beat\ndata: \n\n":
            pass
        assert heard == b"event: frame\ndata: a1\n\n"


async def test_ends_with_the_browser() -> None:
    """A browser that goes leaves nothing behind."""
    source = Source()
    async with serving(Streams(beat_s=0.02), source) as (address, _), ClientSession() as client:
        async with client.get(address):
            await source.wait_for(1)
        await source.wait_for(0)


async def test_a_browser_that_goes_gives_its_place_back() -> None:
    """It does so long before the next beat: a buyer who turns pages has one page open, however many there were."""
    source = Source()
    async with serving(Streams(beat_s=600, each=1), source) as (address, _), ClientSession() as client:
        for _ in range(2):
            async with client.get(address) as answer:
                assert answer.status == 200
                await source.wait_for(1)
            await source.wait_for(0)


async def test_does_not_hold_up_the_end() -> None:
    """A server that stops says goodbye to its streams at once; it would wait half a minute for them."""
    source = Source()
    async with (
        serving(Streams(), source, shutdown_s=30) as (address, runner),
        ClientSession() as client,
        client.get(address) as answer,
    ):
        await source.wait_for(1)
        async with asyncio.timeout(3):
            await runner.cleanup()
        assert await answer.content.read() == b"event: bye\ndata: \n\n"
        assert source.listeners == 0


async def test_a_bounded_number() -> None:
    """Beyond the most that may listen a browser is refused, until another one goes."""
    source = Source()
    async with serving(Streams(beat_s=0.02, most=1), source) as (address, _), ClientSession() as client:
        async with client.get(address):
            await source.wait_for(1)
            async with client.get(address) as second:
                assert second.status == 429
        await source.wait_for(0)
        async with client.get(address) as third:
            assert third.status == 200


async def test_one_address_has_its_share() -> None:
    """Beyond its share an address is refused, until one of its own streams ends."""
    source = Source()
    async with serving(Streams(beat_s=0.02, each=1), source) as (address, _), ClientSession() as client:
        async with client.get(address) as first:
            assert first.status == 200
            async with client.get(address) as second:
                assert second.status == 429
        await source.wait_for(0)
        async with asyncio.timeout(5), client.get(address) as third:
            assert third.status == 200


async def test_a_look_at_the_header_takes_no_place() -> None:
    """HEAD is answered at once and listens to nothing."""
    source = Source()
    async with serving(Streams(most=1), source) as (address, _), ClientSession() as client:
        for _ in range(3):
            async with client.head(address) as answer:
                assert (answer.status, answer.content_type) == (200, "text/event-stream")
        assert source.listeners == 0
        async with client.get(address) as listening:
            assert listening.status == 200
