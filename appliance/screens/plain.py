"""A headline and a sentence, and the pages of a box that is not open: while it starts, and when it has stopped.

Knows no status, and imports little: the first of them is drawn while everything else still waits.
"""

from __future__ import annotations

from PIL import Image

from appliance.draw.canvas import Mode
from appliance.draw.column import Words
from appliance.draw.text import readable
from appliance.screens.sheet import Sheet, new_sheet


def boot_frame(name: str, size: tuple[int, int], mode: Mode) -> Image.Image:
    """Shown from power on until the first status."""
    return _frame(name, "Starting …", size, mode)


def goodbye_frame(name: str, size: tuple[int, int], mode: Mode) -> Image.Image:
    """Shown when the box has stopped; a panel without power keeps it."""
    return _frame(name, "Switched off. Sales are saved.", size, mode)


def say(sheet: Sheet, headline: str, sentence: str) -> None:
    """Both in the middle of the page, and below them what found no foot to stand in."""
    paragraphs = [
        Words(headline, em=1.6, bold=True, lines=2),
        Words(sentence, em=0.75, lines=4, gap=0.9),
        Words(sheet.footless, em=0.7, soft=True, lines=2, gap=0.9, spare=2),
    ]
    sheet.canvas.column(sheet.body, paragraphs, largest=sheet.headline, across=0.5, down=0.45)


def _frame(name: str, sentence: str, size: tuple[int, int], mode: Mode) -> Image.Image:
    sheet = new_sheet(size, mode)
    say(sheet, readable(name, "stallbox"), sentence)
    return sheet.canvas.image
