"""The whole daemon by its buttons alone, with pins that bounce: a sale, its undoing, a refusal, and switching off."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance import daemon
from appliance.core.pins import Button
from appliance.core.signals import Colour
from appliance.services.helper import SOCKET
from tests import ledgers
from tests.gpio import MockHeader, mock_header
from tests.running import selling

SETTINGS = """
[buttons]
sell = true
drop = "harbour-lights"
[[display]]
kind = "file"
width = 250
height = 122
mode = "1"
"""


@pytest.mark.skipif(SOCKET.exists(), reason="this machine is a box, which the test would switch off")
def test_a_day(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two sales of which one is taken back are in the ledger when the box has ended by the button held for 3 s."""
    with selling(tmp_path, 2) as box, mock_header() as header:
        settings = box.data / "stallbox.toml"
        settings.write_text(settings.read_text() + SETTINGS)
        asyncio.run(_day(header, box.data))
        assert header.lit() == Colour.DARK.value
    kinds = [entry.type for entry in ledgers.log(box.data / "ledger.db")]
    assert [kind for kind in kinds if kind in {"sale", "void"}] == ["sale", "void", "sale"]
    assert "the machine stays on" in caplog.text


async def _day(header: MockHeader, data: Path) -> None:
    ready = asyncio.Event()
    running = asyncio.create_task(daemon.run(data, lambda _: ready.set()))
    async with asyncio.timeout(30):
        await asyncio.wait([running, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
        await _sold(header, data, 1)
        await header.hold(Button.SELL, 2.3)
        await _sold(header, data, 2)
        await header.hold(Button.STICK, 3.3)
        await running


async def _sold(header: MockHeader, data: Path, count: int) -> None:
    """One press; until the ledger has so many sales."""
    await header.press(Button.SELL)
    while [entry.type for entry in ledgers.log(data / "ledger.db")].count("sale") < count:
        await asyncio.sleep(0.02)
