"""The box went back in time, its key directory with it, and only the mirror stick remembers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from appliance.errors import StoreError
from appliance.premises import open_stall_in
from tests import ledgers
from tests.mirror.spare import mirrored, mirroring_of, sell, spare


async def test_begins_anew(tmp_path: Path) -> None:
    """A card of yesterday signs no second history: it begins a new incarnation, numbers in doubt are blocked, and the
    stick keeps what the box forgot, so that a spare box has it all."""
    data = tmp_path / "box"
    async with mirrored(tmp_path) as box:
        sold = [await box.sell()]
        shutil.copytree(data, tmp_path / "yesterday")
        sold += [await box.sell(), await box.sell()]
        machine = box.till.hardware
    shutil.rmtree(data)
    shutil.move(tmp_path / "yesterday", data)
    with pytest.raises(StoreError, match="mirror stick has sales"):
        async with open_stall_in(data, readings=machine.readings):
            pass
    async with open_stall_in(data, readings=machine.readings) as (stall, _):
        reader = stall.house.reader
        assert (await reader.numbers())[box.till.drop.id].get("blocked", 0) >= 2
        await stall.questions.discard_blocked(by=None)
        assert (await sell(stall)).number == 2  # the stall owner was wrong
        await mirroring_of(stall).look_after(())
    first, second = ledgers.incarnations(data / "ledger.db")
    assert len(ledgers.leaves(data / "ledger.db", first)) < len(_leaves(box.stick, first))
    async with spare(box.stick, tmp_path / "spare") as stall:
        for copy in sold:
            assert (await stall.claims.find(copy.claim, "10.42.0.9")).number == copy.number
        assert len(ledgers.incarnations(tmp_path / "spare" / "ledger.db")) == 3
        assert (await sell(stall)).number == 4
    assert second != first


def _leaves(stick: Path, incarnation: int) -> list[bytes]:
    return (stick / "STALLBOX" / "MIRROR" / f"{incarnation}.ndjson").read_bytes().split(b"\n")[:-1]
