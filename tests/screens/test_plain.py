"""The pages of a box that is not open: they are there at every size, and say whose box it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.core.scene import Starting
from appliance.screens.plain import boot_frame, goodbye_frame
from tests.reading import codes
from tests.screens.samples import SIZES

Mode = Literal["1", "RGB"]
Make = Callable[[str, tuple[int, int], Mode], Image.Image]
every_page = pytest.mark.parametrize("make", [boot_frame, goodbye_frame])
every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))


def dark(image: Image.Image) -> tuple[int, int, int, int]:
    return image.convert("L").point(lambda value: 255 if value < 250 else 0).getbbox() or (0, 0, 0, 0)


@every_page
@every_size
@pytest.mark.parametrize("mode", ["1", "RGB"])
def test_it_is_what_the_display_takes(make: Make, size: tuple[int, int], mode: Mode) -> None:
    """Size and mode are the display's, the words stand in the middle, and there is no code to scan yet."""
    image = make("Stall 7", size, mode)
    assert (image.size, image.mode) == (size, mode)
    left, top, right, bottom = dark(image)
    assert abs(left - (size[0] - right)) <= max(3, size[0] // 300)  # letters bring their own white
    assert min(top, size[1] - bottom) >= 2
    assert codes(image) == set()


@every_page
@every_size
def test_it_says_whose_box_it_is(make: Make, size: tuple[int, int]) -> None:
    """Another stall's name is another picture; a name that the typeface lacks is replaced, not drawn as boxes."""
    ours, theirs, unreadable, fallback = (
        make(name, size, "1").tobytes() for name in ("Stall 7", "Stall 8", "東京", "stallbox")
    )
    assert ours != theirs
    assert unreadable == fallback


def test_a_box_that_starts_is_not_taken_for_one_that_stopped() -> None:
    """The two pages differ."""
    assert boot_frame("Stall 7", (250, 122), "1").tobytes() != goodbye_frame("Stall 7", (250, 122), "1").tobytes()


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=40)
@given(names, st.integers(250, 1920), st.integers(122, 1920))
def test_any_name_at_any_size(name: str, across: int, down: int) -> None:
    """No name that the settings allow runs over the edge."""
    left, top, right, bottom = dark(boot_frame(name, (across, down), "1"))
    assert right > left
    assert min(left, top, across - right, down - bottom) >= 2


@every_size
def test_the_start_is_told_by_a_bar(size: tuple[int, int]) -> None:
    """How far the start has come, and what it is about, are to be seen at every size."""
    steps = (Starting("Checking the ledger", 1, 4), Starting("Checking the ledger", 2, 4), Starting("Opening", 2, 4))
    pictures = [boot_frame("Stall 7", size, "1", step).tobytes() for step in (None, *steps)]
    assert len(set(pictures)) == 4
    black = [picture.count(0) for picture in pictures]  # whole bytes of black
    assert black[2] > black[1]
