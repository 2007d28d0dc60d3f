"""A headline and a sentence, and the pages of a box that is not open: while it starts, and when it has stopped.

Knows no status, and imports little: the first of them is drawn while everything else still waits.
"""

from __future__ import annotations

from PIL import Image

from appliance.core.scene import Starting
from appliance.draw.area import Area
from appliance.draw.canvas import Canvas, Mode
from appliance.draw.column import Words
from appliance.draw.text import readable
from appliance.screens.sheet import Sheet

# The steps of a start that a display can show: before the daemon has loaded, and then until its first status.
SWITCHED_ON = Starting("Switched on", 1, 3)
OPENING = Starting("Opening the stall", 2, 3)

_GOODBYE = "All sales are saved. Unplug once the green light stays dark."


def boot_frame(name: str, size: tuple[int, int], mode: Mode, starting: Starting | None = None) -> Image.Image:
    """Shown from power on until the first status; with a bar where it is known how far the start has come."""
    sheet = Sheet.on(Canvas(size, mode))
    draw_boot(sheet, name, starting)
    return sheet.canvas.image


def draw_boot(sheet: Sheet, name: str, starting: Starting | None) -> None:
    headline = readable(name, "stallbox")
    if starting is None:
        say(sheet, headline, "Starting …")
    else:
        draw_progress(sheet, headline, [Words(f"{starting.step} …", lines=2)], starting.done / starting.of)


def goodbye_frame(name: str, size: tuple[int, int], mode: Mode) -> Image.Image:
    """Shown when the box has stopped; a panel without power keeps it."""
    sheet = Sheet.on(Canvas(size, mode))
    draw_goodbye(sheet, name)
    return sheet.canvas.image


def draw_goodbye(sheet: Sheet, name: str) -> None:
    say(sheet, "Goodbye", _GOODBYE, readable(name, "stallbox"))


def say(sheet: Sheet, headline: str, sentence: str, below: str = "") -> None:
    """Both in the middle of the page, and below them what found no foot to stand in."""
    paragraphs = [
        Words(headline, em=1.6, bold=True, lines=2),
        Words(sentence, em=0.75, lines=4, gap=0.9),
        Words(below or sheet.footless, em=0.7, soft=True, lines=2, gap=0.9, spare=2),
    ]
    middle = sheet.body if sheet.small else sheet.body.inset(sheet.body.width // 10, 0)
    sheet.column(middle, paragraphs, largest=sheet.headline, across=0.5, down=0.45)


def draw_progress(sheet: Sheet, headline: str, paragraphs: list[Words], share: float | None) -> None:
    """A headline, a bar that is filled to `share` (none where that is not known), and words below it."""
    head, rest = sheet.body.split_top(round(sheet.body.height * 0.42))
    thick = max(8, sheet.headline // 2)
    bar, below = rest.split_top(thick, sheet.margin * 2)
    sheet.column(
        head.split_bottom(sheet.margin)[0],
        [Words(headline, em=1.6, bold=True, lines=2)],
        largest=sheet.headline,
        down=0.9,
    )
    if share is None:
        below = rest
    else:
        _draw_bar(sheet, bar, min(1.0, max(0.0, share)))
    sheet.column(below, paragraphs, largest=round(sheet.headline * 0.9), down=0.0)


def _draw_bar(sheet: Sheet, bar: Area, share: float) -> None:
    sheet.canvas.frame(bar, max(1, bar.height // 8))
    filled = round(bar.width * share)
    if filled:
        sheet.canvas.rule(bar.split_left(filled)[0])
