"""Nothing overlaps and nothing is cut, whatever a drop is called and whatever it costs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.core.scene import Stick, StickDoing
from appliance.core.status import Fault, Status, Unsynced
from appliance.draw.area import Area
from appliance.draw.canvas import Canvas, Ink
from appliance.draw.column import SMALLEST, Line
from appliance.draw.text import font
from appliance.screens.examples import EXAMPLES
from appliance.screens.frames import draw_on
from appliance.screens.pages import Page, Turn
from tests.depth import depth
from tests.screens.cases import CASES, PANELS, Mode, cover

SIZES = (*PANELS, ((296, 128), "1"), ((480, 800), "1"), ((1080, 1920), "RGB"))
LONG = "The Extraordinarily Long-winded Compendium of Harbour Lights " * 5
STRANGE = {"long": LONG[:300], "one word": "W" * 300, "right to left": "أضواء الميناء", "no letters": "\u200b\u202e"}


class Recorder(Canvas):
    """A canvas that remembers where ink went."""

    def __init__(self, size: tuple[int, int], mode: Mode) -> None:
        super().__init__(size, mode)
        self.lines: list[tuple[Line, Area]] = []
        self.pictures: list[Area] = []

    def line(self, line: Line, ink: Ink | None = None) -> None:
        super().line(line, ink)
        face = font(line.size, bold=line.bold)
        left, top, right, bottom = face.getbbox(line.text, anchor="ls")
        self.lines.append(
            (line, Area(int(line.x + left), int(line.y + top), int(line.x + right), int(line.y + bottom)))
        )

    def picture(self, area: Area, picture: Image.Image) -> None:
        super().picture(area, picture)
        self.pictures.append(area)


def overlap(one: Area, other: Area) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def check(canvas: Recorder) -> None:
    """Words and pictures keep clear of each other and of the edge, and words are large enough."""
    marks = [area for _, area in canvas.lines] + canvas.pictures
    for one, other in combinations(marks, 2):
        assert not overlap(one, other), (one, other, [line.text for line, _ in canvas.lines])
    for area in marks:
        assert area.left >= 0 <= area.top
        assert area.right <= canvas.area.right
        assert area.bottom <= canvas.area.bottom
    assert all(line.size >= max(SMALLEST, min(canvas.image.size) // 36) for line, _ in canvas.lines)


@pytest.mark.parametrize(("size", "mode"), SIZES, ids=str)
@pytest.mark.parametrize("name", CASES)
def test_nothing_overlaps(name: str, size: tuple[int, int], mode: Mode) -> None:
    """Every page at every size, upright ones too."""
    canvas = Recorder(size, mode)
    CASES[name].draw_on(canvas)
    assert canvas.lines
    check(canvas)


def strange(page: Page, title: str, amount: int, drops: int = 1) -> Status:
    """The example of a page in which everything that others write is `title`, and everything costs `amount`."""
    status = EXAMPLES[page]
    stick = Stick(StickDoing.REFUSED if amount else StickDoing.READING, title, amount, amount)
    return replace(
        status,
        name=title[:40],
        drops=tuple(
            replace(drop, title=title, creator=title, amount=amount, size=10_000, left=9_999)
            for drop in status.drops * drops
        ),
        waiting=tuple(replace(claim, title=title, number=9_999, of=10_000) for claim in status.waiting),
        pay=tuple(replace(link, title=title, price_title=title, amount=amount) for link in status.pay),
        faults=tuple(Fault(fault.code, f"{title}: {fault.text}") for fault in status.faults),
        unsynced=Unsynced(amount, amount),
        owed=amount,
        scene=replace(status.scene, stick=stick) if page is Page.STICK else status.scene,
    )


@pytest.mark.parametrize(("size", "mode"), depth(SIZES[:3], SIZES), ids=str)
@pytest.mark.parametrize("title", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("amount", [0, 99_999_999_99])
def test_long_and_strange_words_stay_in_place(size: tuple[int, int], mode: Mode, title: str, amount: int) -> None:
    """300 characters, one word of 300, scripts from right to left and what is no letter at all; free and huge."""
    for page in Page:
        canvas = Recorder(size, mode)
        draw_on(canvas, Turn(page), strange(page, title, amount), None)
        check(canvas)


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300)


@settings(max_examples=depth(40, 400))
@given(
    st.sampled_from(Page),
    st.tuples(st.integers(250, 1920), st.integers(122, 1080)),
    texts,
    st.integers(0, 10**12),
    st.integers(1, 9),
    st.booleans(),
)
def test_any_words_at_any_size(
    page: Page, size: tuple[int, int], text: str, amount: int, drops: int, has_cover: bool
) -> None:
    """No size of a display and no words of a creator make a page run into itself."""
    canvas = Recorder(size, "1")
    draw_on(canvas, Turn(page), strange(page, text, amount, drops), cover() if has_cover else None)
    check(canvas)
