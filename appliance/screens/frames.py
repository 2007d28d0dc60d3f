"""A status in, a frame out: the picture of the page whose turn it is, for a display of any size and mode.

Sizes from 250x122 up; the same status gives the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from appliance.core.status import Status
from appliance.draw.canvas import Mode
from appliance.draw.text import readable
from appliance.screens import words
from appliance.screens.claims import draw_claims
from appliance.screens.notices import draw_empty, draw_fault, draw_sold_out
from appliance.screens.sheet import Sheet, new_sheet
from appliance.screens.shop import draw_shop
from appliance.screens.turns import Page, page

_DRAW: dict[Page, Callable[[Sheet, Status], None]] = {
    Page.CLAIMS: draw_claims,
    Page.FAULT: draw_fault,
    Page.EMPTY: draw_empty,
    Page.SOLD_OUT: draw_sold_out,
    Page.SHOP: draw_shop,
}


def frame(status: Status, size: tuple[int, int], mode: Mode) -> Image.Image:
    """The page that is due at `status.boottime_ms`, as `size` pixels in mode `1` or `RGB`."""
    due = page(status)
    left = words.unsynced(status.unsynced) if due is Page.FAULT else words.foot(status)
    sheet = new_sheet(size, mode, left, readable(status.name, status.box))
    _DRAW[due](sheet, status)
    return sheet.canvas.image
