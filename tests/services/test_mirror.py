"""The mirror on sticks that come and go, as pages ask for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.core.commands import GoOnWithoutMirror, StopMirror, UseAsMirror
from appliance.core.scene import Mirror, MirrorState
from appliance.core.status import Fault
from appliance.errors import StallboxError
from appliance.services.mirror import MirrorKeeper
from tests.box import CARD
from tests.mirror.spare import mirroring_of, sell
from tests.stall.till import Till, opened
from tests.sticks_at_hand import Slot, TestMounts, helper_at

KEPT, MISSING, WITHOUT = MirrorState.KEPT, MirrorState.MISSING, MirrorState.WITHOUT


@dataclass
class Box:
    till: Till
    mounts: TestMounts
    slot: Slot
    faults: dict[str, Fault | None] = field(default_factory=dict)

    @property
    def mirror(self) -> Mirror | None:
        return self.slot.board.scene.mirror

    async def stands(self, state: MirrorState | None) -> None:
        """Waits until the scene says so."""
        async with asyncio.timeout(20):
            while (self.mirror.state if self.mirror else None) is not state:
                await asyncio.sleep(0.01)

    def folder(self, name: str = "sda1") -> Path:
        return self.till.folder / "sticks" / name

    def put_in(self, name: str = "sda1") -> None:
        self.folder(name).mkdir(parents=True, exist_ok=True)
        self.mounts.put(name)

    def pull(self, name: str = "sda1", to: str = "pocket") -> None:
        """Out of the slot; what was on it is in `to`, or on the next stick of that name."""
        self.folder(name).rename(self.folder(to))
        self.mounts.take(name)


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    """A box with an empty stick in its slot."""
    async with contextlib.AsyncExitStack() as stack:
        till = await stack.enter_async_context(opened(tmp_path))
        mounts = TestMounts(tmp_path / "sticks")
        helper = await stack.enter_async_context(helper_at(tmp_path / "helper.sock", mounts.obey))
        slot = Slot(till.stall, mounts, helper)
        found = Box(till, mounts, slot)
        found.put_in()
        await stack.enter_async_context(slot.running())
        keeper = MirrorKeeper(mirroring_of(till.stall), slot.board, found.faults.__setitem__, slot.sticks, lambda: None)
        keeper.serve_on(slot.board)
        till.stall.house.ledger.on_commit = keeper.changed
        tasks = [asyncio.create_task(run()) for run in (keeper.run, keeper.run_files)]
        await slot.says()
        yield found
        for task in tasks:
            task.cancel()


async def test_use(box: Box) -> None:
    """The stick that is in becomes the mirror: mounted to be written, and it stays so."""
    await box.slot.board.ask(UseAsMirror(CARD, is_sync=True))
    await box.stands(KEPT)
    await sell(box.till.stall)
    assert box.mounts.orders == ["mount sda1 write"]
    assert list(box.folder().glob("STALLBOX/MIRROR/*.ndjson"))
    async with asyncio.timeout(20):
        while not (box.folder() / "STALLBOX/MIRROR/harbour-lights-v1.drop/files/01-pier.jpg").exists():
            await asyncio.sleep(0.01)


async def test_wrong_card(box: Box) -> None:
    """Another card prepares nothing, and the stick is not mounted anew for it."""
    with pytest.raises(StallboxError, match="26 characters"):
        await box.slot.board.ask(UseAsMirror("0" * 26, is_sync=True))
    assert box.mounts.orders == []
    assert box.mirror is None


async def test_pulled_and_put_in_elsewhere(box: Box) -> None:
    """The stick is missed, the stall owner goes on, and it is found again in another slot, mounted to be read."""
    await box.slot.board.ask(UseAsMirror(CARD, is_sync=True))
    box.pull()
    await box.stands(MISSING)
    with pytest.raises(StallboxError, match="Go on without"):
        await sell(box.till.stall)
    await box.slot.board.ask(GoOnWithoutMirror())
    await box.stands(WITHOUT)
    await sell(box.till.stall)
    box.folder("pocket").rename(box.folder("sdb1"))
    box.mounts.put("sdb1")
    await box.stands(KEPT)
    assert "mount sdb1 write" in box.mounts.orders
    (log,) = box.folder("sdb1").glob("STALLBOX/MIRROR/*.ndjson")
    assert b'"type":"sale"' in log.read_bytes()


async def test_stop(box: Box) -> None:
    """Without a mirror the box sells as before, and the stick may be pulled out."""
    await box.slot.board.ask(UseAsMirror(CARD, is_sync=True))
    await box.slot.board.ask(StopMirror())
    assert box.mirror is None
    assert box.mounts.now() == {}
    await sell(box.till.stall)
