"""The page for the lid of a box: A5, one bit per dot at 600 dpi, for whoever stands at the stall.

It says what buttons do and what the lamp means, in the words of the screens. It holds no secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from appliance.draw.area import Area
from appliance.draw.canvas import Canvas
from appliance.draw.column import Line, Words, largest_base
from appliance.draw.text import readable, width

DPI = 600
SIZE = (3496, 4961)  # 148 × 210 mm

_SMALLEST = 62  # 7.5 points
_CONSOLE = "https://10.42.0.1:8443/console"


def _mm(length: float) -> int:
    return round(length * DPI / 25.4)


_BODY = _mm(3.3)
_GAP = _mm(4)


@dataclass(frozen=True, slots=True)
class Lid:
    """What the page says of one box. None leaves a line to write on."""

    box: str | None = None
    wifi: str | None = None
    console: str = _CONSOLE


@dataclass(frozen=True, slots=True)
class _Button:
    name: str
    press: str
    seconds: int
    hold: str


_BUTTONS = (
    _Button("NEXT", "The next page on the screen.", 2, "A code to pair one more phone."),
    _Button("SELL", "One copy, cash, at the first price.", 2, "Takes the last sale back, while nobody has opened it."),
    _Button("STICK", "Writes the sales onto the stick. Wait for “safe to remove”.", 3, "Saves all and switches off."),
)

_LAMP = (
    ("GREEN", "steady", "Ready."),
    ("GREEN", "blinks", "Selling: a copy waits for its buyer."),
    ("BLUE", "", "The stick is in use. Leave it in."),
    ("AMBER", "", "Sales are waiting to go home. Go on selling."),
    ("RED", "blinks", "Something is wrong. The screen says what, and what to do."),
)

_DAY = (
    ("Start", "Plug the power in. Sell when the lamp is green."),
    ("Close", "Console: Close the day. Photograph the page. Put a stick in, press STICK."),
    ("Switch off", "Hold STICK for 3 seconds. Unplug when the screen says goodbye."),
)

_WRONG = (
    ("First of all", "The screen says what. The console says more."),
    ("No screen, no lamp", "Look at the cable, then press the power bank’s button."),
    ("A phone cannot join", "The Wi-Fi is full: ask who is done to leave it."),
    ("A wrong sale", "Hold SELL at once, or Void on the console."),
    ("The plug came out", "Plug it in again. What was sold stays sold."),
)


def picture(lid: Lid) -> Image.Image:
    """The page in mode `1`."""
    canvas = Canvas(SIZE, "1")
    head, rest = canvas.area.inset(_mm(9)).split_top(_mm(14), _GAP)
    buttons, rest = rest.split_top(_mm(49), _GAP)
    lamp, rest = rest.split_top(_mm(33), _GAP)
    day, rest = rest.split_top(_mm(25), _GAP)
    wrong, blanks = rest.split_bottom(_mm(16), _mm(2))
    _draw_head(canvas, head, lid)
    _draw_buttons(canvas, buttons)
    _draw_rows(canvas, _headed(canvas, lamp, "THE LAMP"), [(_colour(*each), each[2]) for each in _LAMP])
    _draw_day(canvas, day)
    _draw_rows(canvas, _headed(canvas, wrong, "SOMETHING IS WRONG"), _WRONG)
    _draw_blanks(canvas, blanks, lid)
    return canvas.image


def png(lid: Lid) -> bytes:
    """The page as PNG. Same page, same bytes."""
    file = BytesIO()
    picture(lid).save(file, "PNG", dpi=(DPI, DPI))
    return file.getvalue()


def pdf(lid: Lid) -> bytes:
    """The page as a PDF of A5, to be printed at its actual size. Same page, same bytes."""
    file = BytesIO()
    picture(lid).save(file, "PDF", resolution=DPI, title="For the lid", creationDate=None, modDate=None)
    return file.getvalue()


def _draw_head(canvas: Canvas, area: Area, lid: Lid) -> None:
    """White on black: whose box it is."""
    canvas.rule(area)
    canvas.column(
        area.inset(_mm(5), _mm(2.5)),
        [Words(readable(lid.box or "", "This box and how it works"), bold=True, narrows=True)],
        largest=_mm(8),
        smallest=_SMALLEST,
        ink=1 - int(bool(canvas.black)),
    )


def _headed(canvas: Canvas, area: Area, heading: str) -> Area:
    """What is left of `area` below its heading and a rule."""
    top, rest = area.split_top(_mm(4.5), _mm(2))
    line, below = rest.split_top(_mm(0.4), _mm(2.2))
    size = _mm(3.6)
    canvas.line(Line(heading, top.left, top.bottom - _mm(0.6), size, bold=True, soft=False))
    canvas.rule(Area(line.left, line.top - _mm(1.4), line.right, line.bottom - _mm(1.4)))
    return below


def _draw_buttons(canvas: Canvas, area: Area) -> None:
    cells = _headed(canvas, area, "THE THREE BUTTONS").columns(len(_BUTTONS), _mm(5))
    parts = [cell.split_top(_mm(14), _mm(3)) for cell in cells]
    said = [_said(button) for button in _BUTTONS]
    sizes = [largest_base(below, words, largest=_BODY) for (_, below), words in zip(parts, said, strict=True)]
    base = min(size or _SMALLEST for size in sizes)
    for (knob, below), words, button in zip(parts, said, _BUTTONS, strict=True):
        _draw_knob(canvas, knob, button.name)
        canvas.column(below, words, largest=base, smallest=_SMALLEST, down=0.0)


def _said(button: _Button) -> list[Words]:
    return [
        Words("Press", em=0.85, bold=True),
        Words(button.press, lines=3, gap=0.3),
        Words(f"Hold for {button.seconds} seconds", em=0.85, bold=True, gap=0.8),
        Words(button.hold, lines=3, gap=0.3),
    ]


def _draw_knob(canvas: Canvas, area: Area, name: str) -> None:
    side = area.height
    knob = Area(area.left, area.top, area.left + side, area.top + side)
    canvas.disc(knob)
    canvas.disc(knob.inset(_mm(0.8)), 1)
    canvas.disc(knob.inset(_mm(1.3)))
    size = _mm(3)
    x = knob.left + (side - width(name, size, bold=True)) // 2
    canvas.line(Line(name, x, knob.top + side // 2 + round(size * 0.36), size, bold=True, soft=False), 1)


def _colour(name: str, how: str, _: str) -> str:
    return f"{name}, {how}" if how else name


def _draw_rows(canvas: Canvas, area: Area, rows: Sequence[tuple[str, str]]) -> None:
    """A word in bold and what it means, row by row."""
    pitch = area.height // len(rows)
    column = max(width(name, _BODY, bold=True) for name, _ in rows) + _mm(4)
    for place, (name, meaning) in enumerate(rows):
        row = Area(area.left, area.top + place * pitch, area.right, area.top + (place + 1) * pitch)
        left, right = row.split_left(column)
        for part, words in ((left, Words(name, bold=True)), (right, Words(meaning, lines=2))):
            canvas.column(part, [words], largest=_BODY, smallest=_SMALLEST, down=0.0)


def _draw_day(canvas: Canvas, area: Area) -> None:
    for cell, (name, words) in zip(_headed(canvas, area, "THE DAY").columns(3, _mm(5)), _DAY, strict=True):
        canvas.column(
            cell,
            [Words(name, bold=True), Words(words, lines=5, gap=0.4)],
            largest=_BODY,
            smallest=_SMALLEST,
            down=0.0,
        )


def _draw_blanks(canvas: Canvas, area: Area, lid: Lid) -> None:
    """What is known, and lines to write the rest on."""
    upper, lower = area.split_top(area.height // 2)
    name, phone = upper.split_left(upper.width // 2 - _mm(3), _mm(6))
    _draw_blank(canvas, name, "Wi-Fi", readable(lid.wifi or "", "") or None)
    _draw_blank(canvas, phone, "Owner’s phone", None)
    _draw_blank(canvas, lower, "Console, on the paired phone", lid.console)


def _draw_blank(canvas: Canvas, area: Area, label: str, known: str | None) -> None:
    base = area.bottom - _mm(1.5)
    canvas.line(Line(label, area.left, base, _BODY, bold=True, soft=False))
    rest = Area(area.left + width(label, _BODY, bold=True) + _mm(3), area.top, area.right, area.bottom)
    if known is None:
        canvas.rule(Area(rest.left, base, rest.right, base + _mm(0.25)))
        return
    size = _BODY
    while size > _SMALLEST and width(known, size) > rest.width:
        size -= 1
    canvas.line(Line(known, rest.left, base, size, bold=False, soft=False))
