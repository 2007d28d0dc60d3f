"""The page for a box's lid: whole on the paper, the same bytes again, and true."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image, ImageChops

from appliance.draw import lid
from appliance.draw.area import Area
from appliance.draw.lid import Lid

STALL = Lid("Stall 7", "Stall 7", "https://10.42.0.1:8443/console")
LIDS = {
    "blank": Lid(),
    "known": STALL,
    "long": Lid(
        "The stall with the very longest name of all", "W" * 32, "https://stall-with-a-long-name.local:65535/console"
    ),
    "foreign": Lid("屋台", None),
    "without sell": replace(STALL, sells=False),
    "with sell": replace(STALL, sells=True),
}


def inked(page: Image.Image) -> tuple[int, int, int, int]:
    return page.convert("L").point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)


@pytest.mark.parametrize("page", LIDS.values(), ids=LIDS)
def test_nothing_runs_out_of_the_page(page: Lid) -> None:
    """Eight millimetres at each edge stay white for the printer, whatever the box is called."""
    edge = lid.DPI * 8 // 25
    room = Area.of(lid.SIZE).inset(edge)
    left, top, right, bottom = inked(lid.picture(page))
    assert left >= room.left
    assert top >= room.top
    assert right <= room.right
    assert bottom <= room.bottom


def test_it_is_one_page_of_a5_and_has_no_date() -> None:
    """The PDF is 148 x 210 mm (in points), and the same page gives the same bytes whenever it is printed."""
    pdf = lid.pdf(STALL)
    assert b"/MediaBox [ 0 0 419.52 595.32 ]" in pdf
    assert pdf.count(b"/Type /Page\n") == 1
    assert b"CreationDate" not in pdf
    assert pdf == lid.pdf(STALL)


def differing(one: Lid, other: Lid) -> tuple[int, int, int, int]:
    return ImageChops.logical_xor(lid.picture(one), lid.picture(other)).getbbox() or (0, 0, 0, 0)


def test_what_is_not_known_is_left_to_be_written() -> None:
    """Only the heading and the lines at the foot tell one box's page from another's."""
    assert differing(Lid("Stall 7"), STALL)[1] > lid.SIZE[1] * 0.85
    assert 0 < differing(Lid(), Lid("Stall 7"))[3] < lid.SIZE[1] * 0.15


def test_each_light_is_drawn_as_it_blinks() -> None:
    """No two strips are the same, so that the page tells the lights apart without any colour."""
    page = lid.picture(STALL).convert("L")
    left, right = (round(lid.DPI * mm / 25.4) for mm in (25, 56))
    strips = [page.crop((left, row, right, row + 1)).tobytes() for row in _middles(page, left)]
    assert len(strips) == len(set(strips)) == 6
    black = [strip.count(0) / len(strip) for strip in strips]
    assert black[0] == 1
    assert black[1] == pytest.approx(0.5, abs=0.05)
    assert black[-1] < 0.02


def _middles(page: Image.Image, left: int) -> list[int]:
    """The rows in the middle of each strip: their frames begin at the same column."""
    top, bottom = round(lid.SIZE[1] * 0.41), round(lid.SIZE[1] * 0.56)
    edge = next(x for x in range(left - 40, left + 40) if page.crop((x, top, x + 1, bottom)).getextrema()[0] == 0)
    column = page.crop((edge, top, edge + 1, bottom)).tobytes()
    starts = [y for y in range(1, len(column)) if column[y] == 0 and column[y - 1] != 0]
    ends = [y for y in range(1, len(column)) if column[y] != 0 and column[y - 1] == 0]
    return [top + (start + end) // 2 for start, end in zip(starts, ends, strict=True)]
