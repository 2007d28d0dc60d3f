"""The test picture: its code is read, its lines stand apart, and it comes and goes in its turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from PIL import Image

from appliance.core.scene import Scene
from appliance.core.status import Status
from appliance.screens.frames import draw
from appliance.screens.pages import Page
from appliance.screens.turns import next_change_ms, turn
from tests.reading import codes
from tests.screens.samples import CLAIMS, FAULT, SIZES, STATUS


def on_trial(status: Status) -> Status:
    return replace(status, scene=Scene(tested_until_ms=status.boottime_ms + 20_000))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["1", "RGB"])
def test_the_picture(size: tuple[int, int], mode: Literal["1", "RGB"]) -> None:
    """A code names the size, each pixel of the four edges is black, and colours are there where there are any."""
    image = draw(Page.TEST, on_trial(STATUS), size, mode).convert("RGB")
    assert codes(image) == {f"STALLBOX {size[0]}X{size[1]}"}
    width, height = size
    edges = [(0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height)]
    assert all(image.crop(edge).getextrema() == ((0, 0),) * 3 for edge in edges)
    colours = {colour for _, colour in image.getcolors(1 << 24) or ()}
    assert ({(255, 0, 0), (0, 255, 0), (0, 0, 255)} <= colours) == (mode == "RGB")


def test_fine_lines_stand_apart() -> None:
    """Somewhere black and white pixels take turns, one by one, across and down."""
    image = draw(Page.TEST, on_trial(STATUS), (800, 480), "1").convert("L")
    finest = bytes([0, 255] * 20)
    assert finest in image.tobytes()
    assert finest in image.transpose(Image.Transpose.TRANSPOSE).tobytes()


def test_its_turn() -> None:
    """It takes the screen for its time, from a fault as well; a buyer who waits comes before it."""
    status = on_trial(replace(STATUS, faults=(FAULT,)))
    assert turn(status).page is Page.TEST
    assert next_change_ms(status) == status.boottime_ms + 20_000
    assert turn(replace(status, boottime_ms=status.boottime_ms + 20_000)).page is Page.FAULT
    assert turn(replace(status, waiting=CLAIMS)).page is Page.CLAIMS
