"""Sync over the network: a real box and a real collector, and all that can go wrong between them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import itertools
import json
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientTimeout, web
from aiohttp.typedefs import Handler

from appliance.board import Board
from appliance.core.answer import MAX_ANSWER
from appliance.core.backoff import Backoff
from appliance.core.commands import SyncNow
from appliance.core.sale import Order
from appliance.core.scene import SyncDoing
from appliance.errors import StallboxError
from appliance.services.sending import TooLargeError, UnreachableError
from appliance.services.sync import Syncer
from tests.answering import answer, cosigned
from tests.collecting import Desk, collecting
from tests.organizer import Organizer
from tests.stall.till import Till, opened
from tests.wire import Wire


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with collecting(tmp_path / "collector", Organizer(tmp_path)) as made:
        yield made


def syncer(till: Till, **options: object) -> Syncer:
    return Syncer(till.stall, Board(), till.folder / "box", **options)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def selling(folder: Path, address: str, copies: int = 3, size: int = 200) -> AsyncIterator[Till]:
    """A box that has sold, and sends to this address."""
    async with opened(folder, size=size, settings=f'[sync]\nurl = "{address}"\n') as till:
        await till.stall.seller.sell(Order(till.drop.slug, quantity=copies))
        yield till


async def unsynced(till: Till) -> int:
    return (await till.stall.stock.status()).unsynced.count


async def test_everything_arrives(tmp_path: Path, desk: Desk) -> None:
    """The log reaches the collector once, its cosignature empties the outbox, and the scene says so."""
    async with selling(tmp_path, desk.address) as till:
        board = Board()
        Syncer(till.stall, board, till.folder / "box")
        for _ in range(3):
            await board.ask(SyncNow())
        assert await unsynced(till) == 0
        assert board.scene.sync is not None
        assert board.scene.sync.doing is SyncDoing.DONE
        assert desk.numbers() == [1, 2, 3]
        assert len(desk.leaves()) == len(set(desk.leaves())) == till.stall.house.ledger.head.size


async def test_nobody_to_send_to(tmp_path: Path) -> None:
    """A box without a collector says what to do instead, and does nothing by itself."""
    async with opened(tmp_path, size=20) as till:
        with pytest.raises(StallboxError, match="on a stick"):
            await syncer(till).now()


async def test_cut_at_any_byte(tmp_path: Path, desk: Desk) -> None:
    """A connection that is cut anywhere, time and again, neither loses nor doubles an entry."""
    chance = random.Random(6)
    room: list[int | None] = [0]
    async with Wire(desk.port, lambda: room[0]).laid() as wire, selling(tmp_path, wire.address) as till:
        sold = 3
        cut = 0
        for _ in range(60):
            room[0] = chance.randrange(1, 6_000)
            try:
                await syncer(till).once()
            except StallboxError:
                cut += 1
            if chance.random() < 0.5:
                await till.stall.seller.sell(Order(till.drop.slug))
                sold += 1
        assert cut > 20
        room[0] = None
        for _ in range(3):
            await syncer(till).once()
        assert await unsynced(till) == 0
        assert desk.numbers() == list(range(1, sold + 1))
        assert sorted(desk.leaves()) == [
            (till.stall.house.ledger.incarnation, seq) for seq in range(till.stall.house.ledger.head.size)
        ]


async def test_a_flipped_bit(tmp_path: Path) -> None:
    """No acknowledgement clears anything once one bit of its checkpoint is another."""
    async with opened(tmp_path, size=20) as till:
        text = cosigned(till.stall, till.organizer)
        before = await unsynced(till)
        for place, character in enumerate(text):
            wrong = chr(ord(character) ^ (1 << place % 7))
            with contextlib.suppress(StallboxError):
                await till.stall.acknowledgements.hear(answer(till.stall, text[:place] + wrong + text[place + 1 :]))
        assert await till.stall.house.reader.acknowledged() == {}
        assert await unsynced(till) == before
        assert not till.stall.acknowledgements.contradicted.is_set()
        assert (await till.stall.acknowledgements.hear(answer(till.stall, text))).acknowledged == before


async def _huge(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b"{" * (MAX_ANSWER + 1))


async def _bomb(_: web.Request) -> web.StreamResponse:
    return web.Response(body=gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"})


async def _garbage(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b"\x00\xff", status=201)


async def _elsewhere(request: web.Request) -> web.StreamResponse:
    raise web.HTTPPermanentRedirect(f"http://{request.host}/elsewhere")


async def _never(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(status=201)
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def _silent(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    raise AssertionError("nobody waits so long")


async def _nothing(_: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


async def _sign_in(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<!doctype html><title>Welcome</title>", content_type="text/html")


async def _deep(_: web.Request) -> web.StreamResponse:
    return web.Response(text='{"a":' * 3000, status=500)


async def _broken(_: web.Request) -> web.StreamResponse:
    return web.json_response({"detail": "The disk is full."}, status=507)


async def _lacking(request: web.Request) -> web.StreamResponse:
    """Never has enough."""
    head = json.loads((await request.read()).partition(b"\n")[0])
    missing = [[0, 0], [5, 10**9]]
    said = {"spec": 1, "box": head["box"], "incarnation": head["incarnation"], "checkpoint": None}
    return web.json_response({**said, "missing": missing, "verdicts": [], "papers": []}, status=202)


@contextlib.asynccontextmanager
async def hostile(handler: Handler) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that is no collector: its address, and the paths that it was asked for."""
    asked: list[str] = []

    async def hear(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await handler(request)

    app = web.Application(client_max_size=8 << 20)
    app.router.add_route("*", "/{path:.*}", hear)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    "handler",
    [_huge, _bomb, _garbage, _elsewhere, _never, _silent, _nothing, _sign_in, _deep, _broken, _lacking],
    ids=lambda each: each.__name__,
)
async def test_hostile(tmp_path: Path, handler: Handler) -> None:
    """A slow, lying or hostile collector is an end of this try with a sentence: nothing is acknowledged, nobody is
    followed elsewhere, and a sale meanwhile takes no longer than without it."""
    async with hostile(handler) as (address, asked), selling(tmp_path, address) as till:
        line = syncer(till, timeout=ClientTimeout(total=1.0))
        trying = asyncio.create_task(line.once())
        await asyncio.sleep(0.05)
        async with asyncio.timeout(0.9):
            await till.stall.seller.sell(Order(till.drop.slug))
        with pytest.raises(StallboxError) as refused:
            await trying
        assert refused.value.detail.endswith((".", ")"))
        assert "/elsewhere" not in asked
        assert len(asked) <= 4
        assert await till.stall.house.reader.acknowledged() == {}


@pytest.mark.parametrize("handler", [_elsewhere, _nothing, _sign_in], ids=lambda each: each.__name__)
async def test_a_sign_in_page(tmp_path: Path, handler: Handler) -> None:
    """Whoever asks for a try where the network answers itself hears of that, as of a fault that passes."""
    async with hostile(handler) as (address, _), selling(tmp_path, address) as till:
        with pytest.raises(UnreachableError, match="sign-in page") as refused:
            await syncer(till).once()
        assert refused.value.status_hint == 503


async def test_a_reason_in_one_line(tmp_path: Path) -> None:
    """What a collector says stands in the log and on the screen: it writes nothing else there."""

    async def ornate(_: web.Request) -> web.StreamResponse:
        return web.json_response({"detail": "No.\n\x1b[2J\u202eyadot"}, status=422)

    async with hostile(ornate) as (address, _), selling(tmp_path, address) as till:
        with pytest.raises(StallboxError) as refused:
            await syncer(till).once()
        assert refused.value.detail.isprintable()


async def test_smaller_batches(tmp_path: Path, desk: Desk) -> None:
    """Where something before the collector takes less at once, batches are halved until they go through."""
    most, refused = 300_000, 0

    async def narrow(request: web.Request) -> web.StreamResponse:
        nonlocal refused
        data = await request.read()
        if len(data) > most:
            refused += 1
            raise web.HTTPRequestEntityTooLarge(most, len(data))
        headers = {name: request.headers[name] for name in ("Content-Type", "Idempotency-Key")}
        async with (
            ClientSession() as session,
            session.post(desk.address + request.path, data=data, headers=headers) as on,
        ):
            return web.Response(status=on.status, body=await on.read())

    async with hostile(narrow) as (address, _), selling(tmp_path, address, copies=50, size=600) as till:
        for _ in range(9):
            await till.stall.seller.sell(Order(till.drop.slug, quantity=50))
        line = syncer(till)
        while not desk.numbers():
            with contextlib.suppress(TooLargeError):
                await line.once()
        assert refused
        assert desk.numbers() == list(range(1, 501))


async def test_back_off(tmp_path: Path) -> None:
    """Tries grow apart while nobody answers, and a route that appears starts one at once."""
    routes = tmp_path / "route"
    routes.write_text("Iface\tDestination\n")
    async with hostile(_broken) as (address, asked), selling(tmp_path, address) as till:
        loop, times = asyncio.get_running_loop(), []
        line = syncer(till, backoff=Backoff(0.1, 600.0), chance=lambda: 0.0, routes=routes, look_s=0.02, rest_s=0.0)
        running = asyncio.create_task(line.run())
        try:
            for count in range(1, 5):
                await until(lambda count=count: len(asked) >= count)  # type: ignore[misc]
                times.append(loop.time())
            gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
            assert all(gap > least for gap, least in zip(gaps, (0.08, 0.18, 0.38), strict=True))
            assert gaps[2] > gaps[0]
            routes.write_text("Iface\tDestination\nwlan0\t00000000\n")
            tried = loop.time()
            await until(lambda: len(asked) >= 5)
            assert loop.time() - tried < 0.5
        finally:
            running.cancel()


async def test_route_during_a_try(tmp_path: Path) -> None:
    """A route that comes while a try is failing is not slept over."""
    routes, waiting = tmp_path / "route", asyncio.Event()
    routes.write_text("Iface\tDestination\n")

    async def breaking(request: web.Request) -> web.StreamResponse:
        await waiting.wait()
        return await _broken(request)

    async with hostile(breaking) as (address, asked), selling(tmp_path, address) as till:
        line = syncer(till, backoff=Backoff(600.0, 600.0), routes=routes, look_s=0.02, rest_s=0.0)
        running = asyncio.create_task(line.run())
        try:
            await until(lambda: bool(asked))
            routes.write_text("Iface\tDestination\nwlan0\t00000000\n")
            waiting.set()
            await until(lambda: len(asked) >= 2)
        finally:
            running.cancel()


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not seen():
            await asyncio.sleep(0.005)


async def test_token_texts(tmp_path: Path, desk: Desk) -> None:
    """The text of a payment token travels once its claim has ended, and no more once the answer to it is there."""
    async with selling(tmp_path, desk.address) as till:
        await till.redeem(text := till.token())
        for _ in range(3):
            await syncer(till).once()
        assert desk.ask("select count(*) from attachments") == [(0,)]
        assert not [data async for _, data in till.stall.outbox()]
        till.hardware.pass_time(3 * 3600)
        [batch] = [data async for _, data in till.stall.outbox()]
        assert batch.count(b"\n") == 3  # its head, the last entry again, the text
        assert text.encode() in batch
        await syncer(till).once()
        assert desk.ask("select form, data from attachments") == [
            ("token", base64.b32decode(text + "=" * (-len(text) % 8)))
        ]
        for _ in range(2):
            await syncer(till).once()
        assert text.encode() not in b"".join([data async for _, data in till.stall.outbox()])
