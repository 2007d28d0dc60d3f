"""The signed `clock-reset`: the only way back for a clock that was pushed too far (FORMATS §2.5)."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from appliance.core.documents import format_time
from appliance.errors import PaperError
from appliance.services.inbox import Inbox
from appliance.stall.stall import Stall
from tests.organizer import DAY, NOW, key
from tests.stall.timing import Timed, sell, timed

AHEAD = NOW + 300 * DAY


async def push(box: Timed, stall: Stall) -> None:
    """The organizer's laptop was 300 days ahead when it signed."""
    await stall.papers.ingest(box.bundle())
    box.organizer.add_trust(issued=format_time(AHEAD), expires=format_time(AHEAD + DAY))
    await stall.papers.ingest(box.bundle())
    assert stall.house.now().lo == AHEAD


async def test_lo_falls_and_stays_there(tmp_path: Path) -> None:
    """The clock begins anew at `issued`; entries say so; a restart or a reboot does not bring the wrong time back."""
    box = timed(tmp_path)
    async with box.running() as stall:
        await push(box, stall)
        taken = await stall.papers.ingest(box.reset(1, NOW + 60))
        assert taken.answer() == {"paper": "clock-reset", "version": 1, "news": True}
        assert stall.house.now().interval() == {"lo": NOW + 60, "hi": None, "quality": "signed"}
        assert await sell(stall) == 1
    for _ in range(2):
        async with box.running() as stall:
            assert stall.house.now().lo == NOW + 60
        box.hardware.boot_again(NOW, None)
    assert box.changes()[-2:] == [("reset:1", "signed", "signed"), ("floor", "signed", "floor")]
    [paper] = [entry for entry in box.log() if entry.type == "papers" and entry.fields["kind"] == "clock-reset"]
    assert (paper.fields["id"], paper.fields["version"]) == (box.organizer.box.public.id, 1)


async def test_again(tmp_path: Path) -> None:
    """The same paper a second time is no news, and moves nothing."""
    box = timed(tmp_path)
    async with box.running() as stall:
        await push(box, stall)
        await stall.papers.ingest(box.reset(1, NOW))
        box.hardware.pass_time(DAY)
        assert (await stall.papers.ingest(box.reset(1, NOW))).answer()["news"] is False
        assert stall.house.now().lo == NOW + DAY


async def test_refused(tmp_path: Path) -> None:
    """Each thing that a clock-reset must be, wrong by itself: the clock stays."""
    box = timed(tmp_path)
    async with box.running() as stall:
        await push(box, stall)
        await stall.papers.ingest(box.reset(3, AHEAD))
        for paper, code in (
            (box.reset(4, NOW, box="0" * 16), "doc-role"),
            (box.reset(4, NOW, key("a stranger")), "doc-threshold"),
            (box.reset(4, NOW, box.organizer.creator), "doc-threshold"),
            (box.reset(2, NOW), "doc-rollback"),
            (box.reset(3, NOW), "doc-equivocation"),
            (box.reset(0, NOW), "doc-malformed"),
        ):
            with pytest.raises(PaperError) as caught:
                await stall.papers.ingest(paper)
            assert caught.value.code == code
        assert stall.house.now().lo == AHEAD


async def test_before_any_trust_document(tmp_path: Path) -> None:
    """A box that knows no root yet takes none."""
    box = timed(tmp_path)
    async with box.running() as stall:
        with pytest.raises(PaperError, match="root keys"):
            await stall.papers.ingest(box.reset(1, NOW))


async def test_a_reset_that_leaps_is_asked_about(tmp_path: Path) -> None:
    """More than 400 days, in either direction: the stall owner says whether it is right."""
    box = timed(tmp_path)
    async with box.running() as stall:
        await stall.papers.ingest(box.bundle())
        await stall.papers.ingest(box.reset(1, NOW - 500 * DAY))
        assert stall.house.now().lo == NOW
    async with box.running() as stall:
        assert [asked.source for asked in stall.questions.times] == ["reset:1"]
        await stall.questions.answer_time("reset:1", is_right=True, by=None)
        assert stall.house.now().lo == NOW - 500 * DAY
    assert box.changes()[-1][0] == "reset:1"


async def test_yesterdays_ledger_hears_it_again(tmp_path: Path) -> None:
    """A ledger that is restored has forgotten the reset; the paper on disk reminds it."""
    box = timed(tmp_path)
    async with box.running() as stall:
        await push(box, stall)
    shutil.copy(box.box / "ledger.db", tmp_path / "yesterday.db")
    async with box.running() as stall:
        await stall.papers.ingest(box.reset(1, NOW))
    for path in box.box.glob("ledger.db*"):
        path.unlink()
    shutil.copy(tmp_path / "yesterday.db", box.box / "ledger.db")
    async with box.running() as stall:
        assert stall.house.now().lo == NOW


async def test_without_any_ledger(tmp_path: Path) -> None:
    """With the ledger gone the reset counts, and not the trust document that made it necessary."""
    box = timed(tmp_path)
    async with box.running() as stall:
        await push(box, stall)
        await stall.papers.ingest(box.reset(1, NOW))
    (box.box / "ledger.db").unlink()
    for _ in range(2):
        async with box.running() as stall:
            assert stall.house.now().interval() == {"lo": NOW, "hi": None, "quality": "signed"}
    assert [source for source, _, _ in box.changes()] == ["reset:1"]


async def test_by_the_inbox(tmp_path: Path) -> None:
    """A file in the inbox is taken in and taken away, as a bundle is."""
    box = timed(tmp_path)
    async with box.running() as stall:
        await push(box, stall)
        folder = box.box / "inbox"
        folder.mkdir()
        paper = folder / "clock-reset.dsse.json"
        box.reset(1, NOW).rename(paper)
        inbox = asyncio.create_task(Inbox(folder, stall.papers.ingest, stall.house.note, 0.05, 1.0).run())
        async with asyncio.timeout(10):
            while paper.exists():
                await asyncio.sleep(0.02)
        inbox.cancel()
        assert stall.house.now().lo == NOW
        assert stall.house.faults == {}
