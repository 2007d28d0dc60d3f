"""The daemon and the verb `sync`: a running box is asked, a stopped one syncs itself, a forked one starts anew."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.board import Board
from appliance.core.sale import Order
from appliance.premises import open_stall_in
from appliance.services.sync import Syncer
from appliance.settings.sync import Sync
from tests.collecting import Desk, collecting
from tests.organizer import Organizer
from tests.running import ROOT, Daemon, selling


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with collecting(tmp_path / "collector", Organizer(tmp_path)) as made:
        yield made


@pytest.fixture
def box(tmp_path: Path, desk: Desk) -> Iterator[Daemon]:
    """A box that knows this collector; it does not run yet."""
    with selling(tmp_path, 20) as daemon:
        with (daemon.data / "stallbox.toml").open("a") as file:
            file.write(f'[sync]\nurl = "{desk.address}"\n')
        yield daemon


async def sync(box: Daemon) -> dict[str, object]:
    """What `stallbox sync --json` says."""
    words = ("-m", "appliance", "sync", "--json", "--dir", str(box.data))
    typed = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    out, _ = await typed.communicate()
    found: dict[str, object] = json.loads(out)
    return found


async def test_running_and_stopped(box: Daemon, desk: Desk) -> None:
    """The verb brings over what was sold, through the running daemon and without it."""
    await asyncio.to_thread(box.open)
    await asyncio.to_thread(box.sell, quantity=2)
    assert (await sync(box))["sending"] is False
    assert desk.numbers() == [1, 2]
    await asyncio.to_thread(box.sell)
    assert await asyncio.to_thread(box.stop) == 0
    await sync(box)
    await sync(box)
    assert desk.numbers() == [1, 2, 3]
    assert await sync(box) == {"unsynced": 0, "sending": False}


async def test_forked(box: Daemon, desk: Desk, tmp_path: Path) -> None:
    """A box that learns of a fork ends, so that it is started anew, and then goes on in a new incarnation."""
    shutil.copytree(box.data, tmp_path / "copy")
    async with open_stall_in(tmp_path / "copy") as (stall, _):
        stall.house.settings = replace(stall.house.settings, sync=Sync(desk.address, None, local=False))
        await stall.seller.sell(Order("harbour-lights"))
        await Syncer(stall, Board(), tmp_path).once()
    async with open_stall_in(box.data) as (stall, _):
        await stall.seller.sell(Order("harbour-lights"))
        before = stall.house.ledger.incarnation
    box.start()
    assert await asyncio.to_thread(box.wait_end) == 1
    assert "Started again it goes on" in box.log()
    await asyncio.to_thread(box.open)
    after = await asyncio.to_thread(box.status)
    assert after["incarnation"] != before
    assert "forked" in str(after["faults"])
    assert "forked" in str(after["cases"])
