"""The console's script in a headless Chromium: a sale whose answer is lost is made once, and every console sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.driving import drive
from tests.web.conftest import harbour
from tests.web.served import running_box
from tests.web.telling import told

pytestmark = pytest.mark.browser


async def test_a_lost_answer(chromium: str, tmp_path: Path) -> None:
    """A double tap whose answers are lost sells once, under one key; what was chosen stays, the other console sees it
    within a second, the sum follows what is tapped, and neither Enter nor the way back sells anything."""
    async with running_box(tmp_path) as box, told(box):
        await box.bring(harbour(box.organizer))
        (seen,) = await drive("till.mjs", chromium, box.shop)
        sales = await box.stall.stock.sales()
    sold = seen["sold"]
    assert (sold["posts"], sold["keys"], sold["kept"]) == (3, 1, "harbour-lights/download")
    assert "No connection to the box" in sold["away"]
    assert sold["other_ms"] < 1000
    assert seen["after"] == {"left": "9 of 10 left", "away": False, "at": "/console"}
    assert seen["due"] == "€50.50"
    assert seen["again"] == {"left": "7 of 10 left", "gone": True}
    assert [(line.price_title, line.method, line.tip) for line in sales] == [
        ("With signed print", "card", 25),
        ("With signed print", "card", 25),
        ("Download", "cash", 0),
    ]
    assert seen["silent"] == {"refused": False, "broken": True}
    assert seen["complaints"] == []
