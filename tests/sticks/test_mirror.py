"""The mirror on a stick with a file system of its own: torn out while it is written, and full."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from appliance.errors import StallboxError
from tests.box import CARD
from tests.mirror.spare import adopted, mirroring_of, sell
from tests.stall.till import Till, opened
from tests.sticks.loops import NAME, LoopStick

pytestmark = pytest.mark.sticks


async def _use(till: Till, stick: LoopStick) -> None:
    stick.put_in()
    await stick.obey(["mount", NAME, "write"])
    places = stick.place / "STALLBOX" / "MIRROR"
    await mirroring_of(till.stall).prepare(places, CARD, is_sync=True, is_named=True)
    await mirroring_of(till.stall).copy_files()


async def test_torn_out(tmp_path: Path, stick: LoopStick) -> None:
    """Torn out in a rush: what was told is on it, it catches up when it is back, and a spare box adopts it."""
    async with opened(tmp_path, size=60) as till:
        await _use(till, stick)
        told = []

        async def rush() -> StallboxError:
            while True:
                try:
                    told.append(await sell(till.stall))
                except StallboxError as refusal:
                    return refusal

        rushing = [asyncio.create_task(rush()) for _ in range(3)]
        while len(told) < 8:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(stick.pull)
        assert {(await each).code for each in rushing} == {"not-ready"}
        stick.put_in()
        await stick.obey(["mount", NAME, "write"])
        await mirroring_of(till.stall).look_after(())
        told.append(await sell(till.stall))
        assert mirroring_of(till.stall).fault is None
    found = await adopted(stick.place, tmp_path / "spare")
    assert found.sales >= len(told)
    assert not found.missing


async def test_full(tmp_path: Path, stick: LoopStick) -> None:
    """A full stick is said; nothing is told that it lacks, and the stall owner may go on."""
    async with opened(tmp_path, size=60) as till:
        await _use(till, stick)
        rest = stick.place / "holiday.mov"
        with rest.open("wb", buffering=0) as film:
            for piece in (1 << 20, 1 << 10, 1):
                with contextlib.suppress(OSError):
                    while film.write(bytes(piece)):
                        pass
        refusal = await _refused(till)
        assert "full" in refusal.detail
        await mirroring_of(till.stall).go_on()
        await sell(till.stall)
        rest.unlink()
        await mirroring_of(till.stall).look_after(())
        await sell(till.stall)
        assert mirroring_of(till.stall).fault is None


async def _refused(till: Till) -> StallboxError:
    """The first refusal: some sales may still fit."""
    for _ in range(50):
        try:
            await sell(till.stall)
        except StallboxError as refusal:
            return refusal
    raise AssertionError("the stick is not full")
