"""Two buyers, two stall owners and the stall's screen at once, each a page of a headless Chromium: what is left is
right on all of them within a second of a sale."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from appliance.core.status import Status
from appliance.screens.frames import frame
from tests.browser.driving import drive
from tests.reading import codes
from tests.web.conftest import harbour
from tests.web.served import Box, running_box
from tests.web.telling import told

pytestmark = pytest.mark.browser
WITHIN_MS = 1000


async def test_stock_everywhere(chromium: str, tmp_path: Path) -> None:
    """One owner sells, then the other, then both in the same moment: within a second the buyers' pages and the other
    console say what is left, and the screen shows the buyer's code. Once the buyers have taken theirs it says what is
    left as well."""
    async with running_box(tmp_path / "stall") as box, told(box):
        await box.bring(harbour(box.organizer, cover=None))
        async with statuses(box) as posted:
            (seen,) = await drive("everyone.mjs", chromium, box.shop, str(tmp_path))
    assert seen["complaints"] == []
    assert seen["after"] == ["9 of 10 left", "8 of 10 left", "6 of 10 left", "6 of 10 left"]
    assert max(ms for sale in seen["sales"] for ms in sale["told"]) < WITHIN_MS
    one, two, both = seen["sales"]
    assert shows_codes(tmp_path, one, {seen["claims"][0]})
    assert shows_codes(tmp_path, two, set(seen["claims"]))
    assert shows_codes(tmp_path, both, {path_of(claim.url) for claim in posted[-1].waiting})
    in_time = [file for ms, file in seen["taken"] if ms < WITHIN_MS]
    assert left_on(Image.open(tmp_path / in_time[-1]), posted) == {8}


@contextlib.asynccontextmanager
async def statuses(box: Box) -> AsyncIterator[list[Status]]:
    """What the box says of itself until the end of the block."""
    found: list[Status] = []

    async def listen() -> None:
        status = None
        while True:
            status = await box.board.newer(status)
            found.append(status)

    task = asyncio.create_task(listen())
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def shows_codes(folder: Path, sale: dict[str, Any], claims: set[str]) -> bool:
    """Whether a picture that came in time has the codes of all these claims."""
    in_time = [file for ms, file in sale["frames"] if ms < WITHIN_MS]
    wanted = {path_of(claim) for claim in claims}
    return any({path_of(text) for text in codes(Image.open(folder / file))} >= wanted for file in in_time)


def left_on(picture: Image.Image, among: list[Status]) -> set[int | None]:
    """What is left by those statuses that look exactly like `picture`."""
    pixels = picture.convert("RGB").tobytes()
    return {
        status.drops[0].left
        for status in among
        if status.drops and frame(status, picture.size, "RGB", is_local=False).tobytes() == pixels
    }


def path_of(address: str) -> str:
    """A claim's path in capitals, as a code has it."""
    return "/C/" + address.upper().rpartition("/C/")[2]
