"""The test picture: whether a display shows all of its pixels, apart from each other, the right way up.

A line along each edge, bars of lines of one, two and three pixels, its colours, a code, and its size in words.
"""

from __future__ import annotations

from appliance.draw.area import Area
from appliance.draw.canvas import Canvas, Ink
from appliance.draw.column import Words
from appliance.screens.sheet import Sheet

_FINE = (1, 2, 3)  # pixels
_GREYS = (0, 36, 73, 109, 146, 182, 219, 255)
_COLOURS: tuple[Ink, ...] = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
_SECOND_EDGE = 3  # pixels from the first: a frame that hides the outer one shows how much it hides


def draw_test(sheet: Sheet) -> None:
    canvas = sheet.canvas
    canvas.frame(canvas.area, 1)
    canvas.frame(canvas.area.inset(_SECOND_EDGE), 1)
    inside = canvas.area.inset(max(8, sheet.margin))
    above, strip = inside.split_bottom(max(12, inside.height // 8), sheet.margin)
    _draw_strip(canvas, strip, sheet.margin // 2)
    picture, words = above.split_left(min(above.height, above.width // 2), sheet.margin)
    width, height = canvas.image.size
    canvas.qr(picture, f"STALLBOX {width}X{height}")
    paragraphs = [
        Words(f"{width} × {height}", em=1.6, bold=True, narrows=True),
        Words("Colour" if canvas.image.mode == "RGB" else "Black and white", em=0.9, lines=2, gap=0.6),
        Words("All four edges to be seen? Lines apart? Code readable?", em=0.7, soft=True, lines=3, gap=0.9, spare=1),
    ]
    sheet.column(words, paragraphs, largest=sheet.headline)


def _draw_strip(canvas: Canvas, strip: Area, gap: int) -> None:
    in_colour = canvas.image.mode == "RGB"
    cells = strip.columns(2 * len(_FINE) + (2 if in_colour else 0), gap)
    for place, thick in enumerate(_FINE):
        _draw_upright(canvas, cells[place], thick)
        _draw_level(canvas, cells[place + len(_FINE)], thick)
    if in_colour:
        _draw_patches(canvas, cells[-2], tuple((grey, grey, grey) for grey in _GREYS))
        _draw_patches(canvas, cells[-1], _COLOURS)


def _draw_upright(canvas: Canvas, cell: Area, thick: int) -> None:
    """Black lines with white ones as thick between them."""
    for left in range(cell.left, cell.right - thick + 1, 2 * thick):
        canvas.rule(Area(left, cell.top, left + thick, cell.bottom))


def _draw_level(canvas: Canvas, cell: Area, thick: int) -> None:
    for top in range(cell.top, cell.bottom - thick + 1, 2 * thick):
        canvas.rule(Area(cell.left, top, cell.right, top + thick))


def _draw_patches(canvas: Canvas, cell: Area, inks: tuple[Ink, ...]) -> None:
    for patch, ink in zip(cell.columns(len(inks)), inks, strict=True):
        canvas.rule(patch, ink)
    canvas.frame(cell, 1)
