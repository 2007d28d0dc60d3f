"""What the console says of sync: how it stands with the collector, what waits, and what is in a case."""

from __future__ import annotations

from appliance.core.scene import Sync, SyncDoing
from appliance.store import cases
from tests.web.paying import get
from tests.web.served import Box


async def test_states(box: Box) -> None:
    """The page says that no collector is set, that the log is on its way, that it arrived, or why it waits."""
    assert "none is set" in await get(box, "/console/box")
    for sync, said in (
        (Sync(SyncDoing.SENDING), "sending"),
        (Sync(SyncDoing.DONE), "the last try brought everything over"),
        (Sync(SyncDoing.WAITING, "Nobody answers."), "waits: Nobody answers."),
    ):
        box.board.change(sync=sync)
        assert said in await get(box, "/console/box")


async def test_answer(box: Box) -> None:
    """The API says how the last try went, as the page does; nothing before there was one."""
    said = []
    for sync in (None, Sync(SyncDoing.WAITING, "Nobody answers.")):
        box.board.change(sync=sync)
        async with box.client.get(f"{box.shop}/api/v1/status") as answer:
            said.append((await answer.json())["sync"])
    assert said == [None, {"doing": "waiting", "text": "Nobody answers."}]


async def test_cases(box: Box) -> None:
    """Entries that the organizer keeps in a case are counted, with the case's name and why; so they are in the API."""
    incarnation = box.stall.house.ledger.incarnation
    await box.stall.house.record(lambda book: cases.note(book.db, incarnation, [(0, "number-twice", "c0ffee")]))
    page = await get(box, "/console/box")
    assert "c0ffee" in page
    assert "1 entry: a number was sold twice" in page
    async with box.client.get(f"{box.shop}/api/v1/status") as answer:
        assert (await answer.json())["cases"] == [{"case": "c0ffee", "reason": "number-twice", "entries": 1}]
