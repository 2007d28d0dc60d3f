"""A status in, a frame out: the picture of the page whose turn it is, for a display of any size and mode.

Sizes from 250x122 up; the same status gives the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from appliance.core.pace import Pace
from appliance.core.status import Status
from appliance.draw.canvas import Canvas, Mode
from appliance.draw.text import readable
from appliance.screens import turns, words
from appliance.screens.claims import draw_claims
from appliance.screens.ends import draw_closed, draw_sold_out
from appliance.screens.join import draw_both, draw_join, has_room_for_both
from appliance.screens.notices import (
    draw_answer,
    draw_clock,
    draw_empty,
    draw_fault,
    draw_mirror,
    draw_not_synced,
    draw_owed,
    draw_stopping,
)
from appliance.screens.pages import Page, Turn, Viewer, waiting
from appliance.screens.phones import draw_pairing, draw_pay
from appliance.screens.plain import draw_boot, draw_goodbye
from appliance.screens.sheet import Sheet
from appliance.screens.shop import draw_shop
from appliance.screens.stick import draw_stick
from appliance.screens.trial import draw_test

Size = tuple[int, int]

_DRAW: dict[Page, Callable[[Sheet, Status], None]] = {
    Page.BOOT: lambda sheet, status: draw_boot(sheet, status.name, status.scene.starting),
    Page.JOIN: draw_join,
    Page.CLAIMS: draw_claims,
    Page.SOLD_OUT: draw_sold_out,
    Page.EMPTY: draw_empty,
    Page.CLOSED: draw_closed,
    Page.OWED: draw_owed,
    Page.CLOCK: draw_clock,
    Page.NOT_SYNCED: draw_not_synced,
    Page.STICK: draw_stick,
    Page.PAIRING: draw_pairing,
    Page.ANSWER: draw_answer,
    Page.MIRROR: draw_mirror,
    Page.FAULT: draw_fault,
    Page.STOPPING: draw_stopping,
    Page.GOODBYE: lambda sheet, status: draw_goodbye(sheet, status.name),
    Page.TEST: lambda sheet, _status: draw_test(sheet),
}
_WITH_COVER: dict[Page, Callable[[Sheet, Status, Image.Image | None], None]] = {
    Page.SHOP: draw_shop,
    Page.BOTH: draw_both,
}
_BARE = frozenset({Page.BOOT, Page.GOODBYE, Page.TEST})
_SAYS_FAULTS = frozenset({Page.FAULT, Page.OWED, Page.CLOCK})


def frame(
    status: Status,
    size: Size,
    mode: Mode,
    *,
    pace: Pace = Pace.LIGHT,
    is_local: bool = True,
    cover: Image.Image | None = None,
) -> Image.Image:
    """The page that is due at `status.boottime_ms`, as `size` pixels in mode `1` or `RGB`.

    `pace`: how fast the display may change. `is_local`: it stands at the stall, where a phone may be paired by its
    code. `cover`: the pixels of `cover_of(status)`; without them the page goes without.
    """
    due = turns.turn(status, viewer(status, size, pace, is_local=is_local))
    return draw(due.page, status, size, mode, place=due.place, cover=cover)


def next_change_ms(status: Status, size: Size, *, pace: Pace = Pace.LIGHT, is_local: bool = True) -> int | None:
    """The CLOCK_BOOTTIME at which such a frame may change by itself; None if it stays until the status changes."""
    return turns.next_change_ms(status, viewer(status, size, pace, is_local=is_local))


def draw(
    page: Page, status: Status, size: Size, mode: Mode, *, place: int = 0, cover: Image.Image | None = None
) -> Image.Image:
    """One page, whoever's turn it is. `status` must hold what the page shows: `examples` has one for each."""
    canvas = Canvas(size, mode)
    draw_on(canvas, Turn(page, place), status, cover)
    return canvas.image


def draw_on(canvas: Canvas, due: Turn, status: Status, cover: Image.Image | None) -> None:
    """The page on an empty canvas."""
    sheet = Sheet.on(canvas) if due.page in _BARE else Sheet.on(canvas, *_foot(due.page, status))
    if due.page is Page.PAY:
        draw_pay(sheet, status, due.place)
    elif due.page in _WITH_COVER:
        _WITH_COVER[due.page](sheet, status, cover)
    else:
        _DRAW[due.page](sheet, status)


def cover_of(status: Status) -> str | None:
    """The digest of the cover that a page of this status may show, in the size that a shop's page has; None: none."""
    return status.drops[0].cover if len(status.drops) == 1 else None


def viewer(status: Status, size: Size, pace: Pace, *, is_local: bool) -> Viewer:
    """What the rules of turns know of a display."""
    has_room = status.join is not None and has_room_for_both(size, status.join, status.shop_url)
    return Viewer(pace, is_local, has_room)


def _foot(page: Page, status: Status) -> tuple[str, str]:
    """What the stall owner should know besides, and whose box it is."""
    name = readable(status.name, status.box)
    if page is Page.NOT_SYNCED:
        return "", name
    if page is Page.CLAIMS and len(waiting(status)) > 1:
        return f"Scan yours, or type your number at {words.address(status)}", name
    return words.unsynced(status.unsynced) if page in _SAYS_FAULTS else words.foot(status), name
