"""The page for a box's lid: whole on the paper, the same bytes again, and true."""

from __future__ import annotations

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
