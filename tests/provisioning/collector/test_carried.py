"""A stick goes from a box to the organizer and back: its sales are taken, and the box knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from appliance.core.batch import MAX_BATCH
from appliance.core.sale import Order
from appliance.errors import StallboxError, StoreError
from appliance.stall.attachments import Load
from appliance.stall.stall import Stall
from provisioning.collector import carried
from provisioning.collector.carried import Carried
from provisioning.collector.forwarding import Elsewhere
from provisioning.collector.serve import Place, opened, serving
from tests.box import stall_with
from tests.organizer import NOW, Organizer


def papers_of(organizer: Organizer, folder: Path) -> Place:
    """A collector's folder with the organizer's papers."""
    papers = folder / "papers"
    papers.mkdir(parents=True)
    (papers / "trust.1.dsse.json").write_bytes(organizer.trusts[0])
    return Place(folder / "collector", (papers,), organizer.pin, port=0)


async def write_out(stall: Stall, folder: Path, limit: int = 4 * 1024 * 1024) -> Path:
    """What the button *stick* writes."""
    out = folder / "STALLBOX" / "OUT"
    out.mkdir(parents=True)
    async for name, data in stall.outbox(Load.WAITING, limit):
        (out / name).write_bytes(data)
    return folder


async def take(place: Path, house_place: Place, organizer: Organizer) -> list[Carried]:
    async with opened(house_place, organizer.cosigner, lambda: NOW) as house:

        async def taker(data: bytes, key: str) -> dict[str, object]:
            taken, papers = await house.take(data, key)
            return taken.answer(papers)

        return [each async for each in carried.take(place, taker)]


async def hear(stall: Stall, stick: Path) -> int:
    """The box reads the answers on a stick; how many entries are still not synced."""
    for path in (stick / "STALLBOX" / "ACK").iterdir():
        await stall.acknowledgements.hear(path.read_bytes())
    return (await stall.stock.status()).unsynced.count


async def test_there_and_back(tmp_path: Path) -> None:
    """Everything is taken, one answer lies on the stick for the ledger, and with it the box's outbox is empty."""
    organizer = Organizer(tmp_path)
    async with stall_with(tmp_path / "box", organizer, organizer.bundle()) as stall:
        await stall.seller.sell(Order("harbour-lights", quantity=9))
        stick = await write_out(stall, tmp_path / "stick", 70_000)
        found = await take(stick, papers_of(organizer, tmp_path / "home"), organizer)
        assert len(found) > 1
        assert all(each.refusal is None for each in found)
        assert len(list((stick / "STALLBOX" / "ACK").iterdir())) == 1
        head = stall.house.ledger.head.size
        assert await hear(stall, stick) == stall.house.ledger.head.size - head  # what hearing itself wrote down


async def test_one_bad_file(tmp_path: Path) -> None:
    """A batch that was changed on the way is refused by name, and the others are taken all the same."""
    organizer = Organizer(tmp_path)
    async with stall_with(tmp_path / "box", organizer, organizer.bundle()) as stall:
        await stall.seller.sell(Order("harbour-lights", quantity=9))
        stick = await write_out(stall, tmp_path / "stick", 70_000)
    last = max((stick / "STALLBOX" / "OUT").iterdir())
    last.write_bytes(last.read_bytes().replace(b"EUR", b"USD"))
    found = await take(stick, papers_of(organizer, tmp_path / "home"), organizer)
    assert [each.path for each in found if each.refusal is not None] == [last]


async def test_handed_on(tmp_path: Path) -> None:
    """A collector elsewhere takes the same bytes and gives the same answers; its refusals come through."""
    organizer = Organizer(tmp_path)
    async with (
        stall_with(tmp_path / "box", organizer, organizer.bundle()) as stall,
        serving(papers_of(organizer, tmp_path / "cloud"), organizer.cosigner, lambda: NOW) as address,
    ):
        stick = await write_out(stall, tmp_path / "stick")
        assert [each.refusal async for each in carried.take(stick, Elsewhere(address).take)] == [None]
        assert (stick / "STALLBOX" / "ACK").is_dir()
        [path] = (stick / "STALLBOX" / "OUT").iterdir()
        with pytest.raises(StallboxError, match="refused"):
            await Elsewhere(address).take(path.read_bytes(), '"another"')


@pytest.mark.parametrize("body", ["[]", "{}", "<h1>Welcome</h1>", "[" * 100_000], ids=["list", "empty", "html", "deep"])
@pytest.mark.parametrize("status", [201, 302, 500])
async def test_no_collector_there(tmp_path: Path, body: str, status: int) -> None:
    """Where something else answers, the file is refused in a sentence, and no answer is laid on the stick."""
    organizer = Organizer(tmp_path)
    async with stall_with(tmp_path / "box", organizer, organizer.bundle()) as stall:
        stick = await write_out(stall, tmp_path / "stick")

    async def welcome(_: web.Request) -> web.Response:
        return web.Response(text=body, status=status)

    app = web.Application(client_max_size=MAX_BATCH)
    app.router.add_post("/{path:.*}", welcome)
    async with TestServer(app) as server:
        [found] = [each async for each in carried.take(stick, Elsewhere(f"http://{server.host}:{server.port}").take)]
    assert found.refusal is not None
    assert "The collector" in found.refusal.detail
    assert not (stick / "STALLBOX" / "ACK").exists()


async def test_nothing_there(tmp_path: Path) -> None:
    """A stick without sales is said to be one, with what to do."""
    with pytest.raises(StoreError, match="no sales"):
        [each async for each in carried.take(tmp_path, Elsewhere("http://127.0.0.1:1").take)]
