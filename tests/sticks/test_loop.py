"""Real sticks, as images behind loop devices: ingest, export, acknowledgement, and torn out at any moment.

The names of the tests say which file systems ran; of others nothing is claimed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.core import batch
from appliance.core.commands import ExportToStick
from appliance.core.documents import format_time, write_json
from appliance.core.envelope import Kind, sign
from appliance.core.sale import Order
from appliance.core.scene import StickDoing
from appliance.devices.mounts import Mounts
from appliance.stall.stall import Stall
from tests.answering import answer, cosigned, file_name
from tests.box import stall_with
from tests.organizer import DAY, NOW, Organizer
from tests.sticks.loops import LoopStick, kinds, run
from tests.sticks_at_hand import Slot, helper_at

pytestmark = pytest.mark.sticks
READING, WRITING = StickDoing.READING, StickDoing.WRITING
SAFE, NOTHING, FAILED = StickDoing.SAFE, StickDoing.NOTHING, StickDoing.FAILED
PULLS = 50


@dataclass
class Box:
    organizer: Organizer
    stall: Stall
    stick: LoopStick
    slot: Slot
    collected: dict[int, bytes] = field(default_factory=dict)  # what has reached the organizer, by seq

    async def sell(self) -> None:
        await self.stall.seller.sell(Order("harbour-lights"))

    def collect(self, home: Path) -> None:
        """The organizer takes what is on the stick: every batch by itself, and what is no batch not at all."""
        for path in sorted((home / "OUT").glob("*.NDJSON")):
            read = batch.read(path.read_bytes(), self.organizer.box.public)
            for seq, leaf in enumerate(read.leaves, read.first):
                assert self.collected.setdefault(seq, leaf) == leaf

    async def log(self) -> dict[int, bytes]:
        house = self.stall.house
        return dict(enumerate(await house.reader.leaves(house.ledger.incarnation)))

    def courier(self) -> bytes:
        body = write_json({"spec": 1, "event": "nmb-2026-12", "expires": format_time(NOW + 999 * DAY)})
        return sign(Kind.COURIER, body, [self.organizer.root])


@pytest.fixture
async def box(tmp_path: Path, stick: LoopStick) -> AsyncIterator[Box]:
    """A box that sells, with a slot for the stick."""
    organizer = Organizer(tmp_path)
    async with contextlib.AsyncExitStack() as stack:
        stall = await stack.enter_async_context(stall_with(tmp_path / "data", organizer, organizer.bundle(size=1000)))
        helper = await stack.enter_async_context(helper_at(tmp_path / "helper.sock", stick.obey))
        slot = await stack.enter_async_context(Slot(stall, Mounts(stick.place.parent), helper).running())
        yield Box(organizer, stall, stick, slot)


@pytest.mark.parametrize("stick", kinds(), indirect=True)
async def test_there_and_back(box: Box) -> None:
    """A bundle comes by stick, the sales go by it, and the collector's answer comes back by it."""
    with box.stick.elsewhere() as home:
        box.organizer.drop("zine", None, title="Zine").bundle(home)
    box.stick.put_in()
    assert "Zine" in await box.slot.says(SAFE)
    await box.sell()
    await box.slot.board.ask(ExportToStick())
    assert not box.stick.is_mounted
    box.stick.take_out()
    size = box.stall.house.ledger.head.size
    with box.stick.elsewhere() as home:
        box.collect(home)
        assert box.collected == await box.log()
        (home / "ACK").mkdir()
        (home / "ACK" / file_name(box.stall, size - 1)).write_bytes(
            answer(box.stall, cosigned(box.stall, box.organizer))
        )
    box.slot.forget()
    box.stick.put_in()
    assert f"The organizer has {size} more entries." in await box.slot.says(SAFE)
    box.stick.take_out()


async def test_full(box: Box) -> None:
    """A stick without room is said to be full, and is unmounted all the same."""
    with box.stick.elsewhere() as home, contextlib.suppress(OSError), (home / "film").open("wb") as file:
        while True:
            file.write(b"film" * (1 << 18))
            file.flush()
    box.stick.put_in()
    await box.slot.says(NOTHING)
    for _ in range(3):
        await box.sell()
    with pytest.raises(Exception, match="The stick is full"):
        await box.slot.board.ask(ExportToStick())
    assert not box.stick.is_mounted


async def test_pulled(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    """Torn out at 50 random moments: the box sells on, nothing is lost, the screen says what to do.

    What was called safe is on the stick; put in again, it is read and written to the end each time.
    """
    chance = random.Random(5)
    moments: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    with box.stick.elsewhere() as home:
        (home / "PAPERS").mkdir()
        (home / "PAPERS" / "courier.dsse.json").write_bytes(box.courier())
    await _prepare(box, 0)
    took = [await _use(box) for _ in range(3)]
    for n in range(1, PULLS + 1):
        await _prepare(box, n)
        sold = await box.log()
        box.slot.forget()
        box.stick.put_in()
        stage = chance.choice((READING, WRITING))
        await box.slot.passes(stage)
        await asyncio.sleep(chance.uniform(0, min(each[stage] for each in took)))
        shown = box.slot.stick
        assert shown is not None
        moments[shown.doing.value] += 1
        await asyncio.to_thread(box.stick.pull)
        await box.sell()
        await asyncio.sleep(0.3)  # until the box has seen that it is gone
        said = await _said_after_pull(box)
        ends[said.value] += 1
        if said is SAFE:
            with box.stick.elsewhere() as home:
                box.collect(home)
            assert box.collected.items() >= sold.items()
        took.append(await _use(box))
        assert f"drop-{n}" in [held.manifest.slug for held in box.stall.catalogue.drops]
    run("e2fsck", "-fn", box.stick.image)
    with capsys.disabled():
        print(f"\next4, pulled {PULLS} times, while {dict(moments)}; it then said {dict(ends)}")  # noqa: T201
    assert ends["failed"] >= 5


async def _prepare(box: Box, n: int) -> None:
    """The organizer takes the sales, answers now and then, and puts the next bundle on the stick."""
    with box.stick.elsewhere() as home:
        if (home / "OUT").exists():
            box.collect(home)
        if n % 5 == 4:
            size = 1 + max(box.collected)
            assert set(box.collected) == set(range(size))
            (home / "ACK").mkdir(exist_ok=True)
            name = file_name(box.stall, size - 1)
            (home / "ACK" / name).write_bytes(answer(box.stall, cosigned(box.stall, box.organizer, size)))
        for bundle in home.glob("*.drop"):
            shutil.rmtree(bundle)
        photos = {f"{part}.jpg": random.Random(n * 9 + part).randbytes(1 << 19) for part in range(6)}
        box.organizer.drop(f"drop-{n}", None, photos, title=f"Drop {n}").bundle(home)


async def _use(box: Box) -> dict[StickDoing, float]:
    """Puts the stick in until it may be pulled out, with all that was sold; how many seconds each stage took."""
    await box.sell()
    box.slot.forget()
    box.stick.put_in()
    begins = [await box.slot.passes(stage) for stage in (READING, WRITING, SAFE)]
    assert "sales" in await box.slot.says(SAFE)
    assert not box.stick.is_mounted
    box.stick.take_out()
    with box.stick.elsewhere() as home:
        box.collect(home)
    assert box.collected == await box.log()
    return {READING: begins[1] - begins[0], WRITING: begins[2] - begins[1]}


async def _said_after_pull(box: Box) -> StickDoing:
    text = await box.slot.says()
    shown = box.slot.stick
    assert shown is not None
    assert shown.doing is SAFE or "Put it in again" in text
    return shown.doing
