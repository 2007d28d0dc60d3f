"""The box of the web tests: one numbered drop with a cover and a preview, and a page's reader's usual headers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.organizer import PHOTOS, Drop, Organizer
from tests.web.served import Box, running_box


def picture(colour: str = "teal") -> bytes:
    """A small JPEG file."""
    out = BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


def harbour(organizer: Organizer, **fields: object) -> Drop:
    """The drop that most tests sell: 10 copies, two price options, a cover, one preview."""
    files = {**PHOTOS, "cover.jpg": picture(), "look.jpg": picture("navy"), "notes.bin": bytes(200_000)}
    prices = [
        {"id": "download", "title": "Download", "amount": 800, "hand_over": None, "stock": None},
        {"id": "print", "title": "With signed print", "amount": 2500, "hand_over": "the print", "stock": 2},
    ]
    drop = organizer.drop("harbour-lights", 10, files, **{"cover": "cover.jpg", "prices": prices, **fields})
    listed = drop.manifest_fields()["files"]
    assert isinstance(listed, list)
    drop.fields["files"] = [{**item, "preview": item["path"] == "look.jpg"} for item in listed]
    return drop


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    """A box that sells Harbour Lights, numbers 1 to 10."""
    async with running_box(tmp_path) as running:
        await running.bring(harbour(running.organizer))
        yield running
