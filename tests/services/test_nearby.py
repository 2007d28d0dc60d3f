"""An organizer's laptop on the box's network: found by name, believed by its greeting; a stranger gets nothing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from appliance.board import Board
from appliance.core.keys import PrivateKey
from appliance.core.sale import Order
from appliance.core.scene import SyncDoing
from appliance.errors import StallboxError
from appliance.services.nearby import Nearby
from appliance.services.sending import Found
from appliance.services.sync import Syncer
from appliance.settings.sync import Sync
from appliance.weblib.console_key import make_pem
from provisioning.collector import nearby
from provisioning.collector.cosigner import Cosigner
from provisioning.collector.nearby import announced
from provisioning.collector.serve import Place
from tests.collecting import collecting
from tests.organizer import DAY, NOW, key
from tests.stall.till import Till, opened

# Answers go to one address of this machine, so everybody on the air needs one of his own.
BOX, LAPTOP = "127.0.0.12", "127.0.0.13"


def pem(folder: Path, name: str = "laptop") -> Path:
    path = folder / f"{name}.pem"
    path.write_bytes(make_pem(["localhost"], NOW - DAY, NOW + DAY))
    return path


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not seen():
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def listening(till: Till) -> AsyncIterator[tuple[Syncer, Board]]:
    """The box looks for collectors and sends to them, as its daemon has it do."""
    board = Board()
    syncer = Syncer(till.stall, board, till.folder / "box")
    looking = Nearby(syncer.found, syncer.gone, lambda: (BOX,), period_s=0.05)
    tasks = [asyncio.create_task(work()) for work in (syncer.run, looking.run)]
    try:
        yield syncer, board
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_laptop(tmp_path: Path) -> None:
    """A laptop that announces itself and proves a cosigner's key gets the sales, and its answers count."""
    async with opened(tmp_path, size=20) as till:
        await till.stall.seller.sell(Order(till.drop.slug, quantity=3))
        async with (
            collecting(tmp_path / "c", till.organizer, tls=pem(tmp_path), host="0.0.0.0") as desk,
            listening(till) as (_, board),
            announced("Night Market", desk.port, lambda: (LAPTOP,), period_s=0.05),
        ):
            await until(lambda: board.scene.sync is not None and board.scene.sync.doing is SyncDoing.DONE)
            assert desk.numbers() == [1, 2, 3]
            assert (await till.stall.house.reader.acknowledged()).keys() == {till.stall.house.ledger.incarnation}


@dataclass
class Stranger:
    """Somebody's laptop with a collector's name: what it answers to a greeting, and all that it was ever sent."""

    answer: Callable[[bytes], Awaitable[web.Response]]
    sent: list[tuple[str, bytes]] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def open(self, certificate: Path) -> AsyncIterator[int]:
        """Its port."""

        async def hear(request: web.Request) -> web.Response:
            self.sent.append((request.path, await request.read()))
            return await self.answer(self.sent[-1][1])

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", hear)
        runner = web.AppRunner(app)
        await runner.setup()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        try:
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()


def paper(signer: PrivateKey, asked: bytes, certificate: str) -> web.Response:
    """A greeting for whoever asked, as this key signs it."""
    cosigner = Cosigner(signer, "collector.nmb-2026-12")
    said = json.loads(asked)
    return web.Response(body=cosigner.hello(said["box"], said["nonce"], certificate), content_type="application/json")


def fingerprint(path: Path) -> str:
    return hashlib.sha256(
        ssl.PEM_cert_to_DER_cert("-----BEGIN C" + path.read_text().split("-----BEGIN C")[1])
    ).hexdigest()


async def _own_key(asked: bytes, mine: Path, _real: int) -> web.Response:
    return paper(key("a stranger"), asked, fingerprint(mine))


async def _passed_on(asked: bytes, _mine: Path, real: int) -> web.Response:
    """What the true collector says to the same question, over a connection of its own."""
    async with ClientSession() as session:
        headers = {"Content-Type": "application/json"}
        url = f"https://127.0.0.1:{real}/v1/hello"
        async with session.post(url, data=asked, ssl=False, headers=headers) as answer:
            return web.Response(body=await answer.read(), content_type="application/json")


async def _sent_on(_asked: bytes, _mine: Path, real: int) -> web.Response:
    raise web.HTTPTemporaryRedirect(f"https://127.0.0.1:{real}/v1/hello")


async def _rubbish(_asked: bytes, _mine: Path, _real: int) -> web.Response:
    return web.Response(body=b"\x00" * 1_000_000)


@pytest.mark.parametrize("trick", [_own_key, _passed_on, _sent_on, _rubbish])
async def test_stranger(tmp_path: Path, trick: Callable[[bytes, Path, int], Awaitable[web.Response]]) -> None:
    """Who does not prove a cosigner's key over this very connection is asked who it is, and gets not one byte of an
    entry; the box is not troubled, and asks no second time."""
    mine = pem(tmp_path, "stranger")
    async with opened(tmp_path, size=20) as till:
        await till.stall.seller.sell(Order(till.drop.slug, quantity=3))
        async with collecting(tmp_path / "c", till.organizer, tls=pem(tmp_path)) as desk:
            stranger = Stranger(lambda asked: trick(asked, mine, desk.port))
            async with stranger.open(mine) as port, listening(till) as (syncer, board):
                syncer.found(Found("Night Market", ("127.0.0.1",), port))
                await until(lambda: bool(stranger.sent))
                await asyncio.sleep(0.3)
                with pytest.raises(StallboxError, match="No collector"):
                    await syncer.now()
            [(path, body)] = stranger.sent
            assert path == "/v1/hello"
            assert set(json.loads(body)) == {"box", "nonce"}
            assert desk.leaves() == []
            assert board.scene.sync is None
            assert await till.stall.house.reader.acknowledged() == {}


async def test_revoked_cosigner(tmp_path: Path) -> None:
    """A laptop whose cosigner key was withdrawn is a stranger."""
    async with (
        opened(tmp_path, size=20) as till,
        collecting(tmp_path / "c", till.organizer, tls=pem(tmp_path)) as desk,
        listening(till) as (syncer, _),
    ):
        till.organizer.add_trust(revoked={"keys": [till.organizer.cosigner.public.did], "tokens": []})
        await till.bring("newer")
        syncer.found(Found("Night Market", ("127.0.0.1",), desk.port))
        await asyncio.sleep(0.5)
        assert desk.leaves() == []


async def test_collect(tmp_path: Path) -> None:
    """`collect --once` makes itself a key, tells of each box, and ends when all that were heard have nothing more."""
    told: list[tuple[str, bool]] = []
    async with opened(tmp_path, size=20) as till:
        await till.stall.seller.sell(Order(till.drop.slug, quantity=2))
        papers = tmp_path / "papers"
        papers.mkdir()
        (papers / "trust.dsse.json").write_bytes(till.organizer.trusts[0])
        place = Place(tmp_path / "collector", (papers,), None, "0.0.0.0", 0)
        async with listening(till), asyncio.timeout(20):
            await nearby.run(
                place,
                till.organizer.cosigner,
                "Night.Market",
                told=lambda box, taken: told.append((box, taken is not None)),
                ready=lambda _: None,
                is_once=True,
                addresses=lambda: (LAPTOP,),
                quiet_s=1.0,
            )
        box = till.stall.house.box_id
        assert told[:2] == [(box, False), (box, True)]
        assert (place.folder / "nearby.pem").stat().st_mode & 0o777 == 0o600
        assert till.stall.house.ledger.incarnation in await till.stall.house.reader.acknowledged()


async def test_a_silent_stranger(tmp_path: Path) -> None:
    """Somebody nearby who takes connections and says nothing keeps nothing from the collector that is set; and
    however many announce themselves, few are looked at."""

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(writer)

    met: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with opened(tmp_path, size=20) as till, collecting(tmp_path / "c", till.organizer) as desk:
        await till.stall.seller.sell(Order(till.drop.slug, quantity=3))
        till.stall.house.settings = replace(till.stall.house.settings, sync=Sync(desk.address, None, local=True))
        async with listening(till) as (syncer, _):
            for number in range(50):
                syncer.found(Found(f"Night Market {number}", ("127.0.0.1",), port))
            await until(lambda: bool(met))
            assert desk.numbers() == [1, 2, 3]
            assert len(met) < 9
    for writer in met:
        writer.close()
    server.close()
