"""The page for the lid of a box: A5, one bit per dot at 600 dpi, for whoever stands at the stall.

It says what buttons do and what the lamp means, in the words of the screens. It holds no secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image

from appliance.core import signals
from appliance.core.signals import Light
from appliance.draw.area import Area
from appliance.draw.canvas import Canvas
from appliance.draw.column import Line, Words, largest_base
from appliance.draw.text import CAP_HEIGHT, readable, width

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
    """What the page says of one box. None, where it is not known: a line to write on, or words that fit both cases."""

    box: str | None = None
    wifi: str | None = None
    console: str = _CONSOLE
    sells: bool | None = None  # whether its button *sell* is switched on


@dataclass(frozen=True, slots=True)
class _Button:
    name: str
    press: str
    seconds: int
    hold: str


_NEXT = _Button("NEXT", "The next page on the screen.", 2, "A code to pair one more phone.")
_SELL = _Button(
    "SELL", "One copy, cash, at the first price.", 2, "Takes the last sale back, while nobody has opened it."
)
_STICK = _Button("STICK", "Writes the sales onto the stick. Wait for “safe to remove”.", 3, "Saves all, switches off.")

_LAMP = (
    (signals.READY, "Ready."),
    (signals.SELLING, "A copy waits for its buyer."),
    (signals.BUSY, "A stick is in use, or the box stops: wait."),
    (signals.UNSYNCED, "Sales wait since yesterday: take them home."),
    (signals.FAULT, "Something is wrong: the screen says what."),
    (signals.OFF, "All is saved: unplug it."),
)
_STRIP_MS = 2000  # what a strip shows of a rhythm

_DAY = (
    ("Start", "Plug the power in. Sell when the lamp is green."),
    ("Close", "Console: Close the day. Photograph the page. Put a stick in, press STICK."),
    ("Switch off", "Hold STICK for 3 seconds. Unplug when the screen says goodbye."),
)

_WRONG = (
    ("First of all", "The screen says what. The console says more."),
    ("No screen, no lamp", "Look at the cable, then press the power bank’s button."),
    ("A phone cannot join", "The Wi-Fi is full: ask who is done to leave it."),
    ("A wrong sale", "Void on the console, while nobody has opened it."),
    ("The plug came out", "Plug it in again. What was sold stays sold."),
)


def picture(lid: Lid) -> Image.Image:
    """The page in mode `1`."""
    canvas = Canvas(SIZE, "1")
    head, rest = canvas.area.inset(_mm(9)).split_top(_mm(14), _GAP)
    buttons, rest = rest.split_top(_mm(49), _GAP)
    lamp, rest = rest.split_top(_mm(37), _GAP)
    day, rest = rest.split_top(_mm(25), _GAP)
    wrong, blanks = rest.split_bottom(_mm(16), _mm(2))
    _draw_head(canvas, head, lid)
    _draw_buttons(canvas, buttons, lid.sells)
    _draw_lamp(canvas, _headed(canvas, lamp, "THE LAMP FOR TWO SECONDS, BLACK WHERE IT IS LIT"))
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


def _draw_buttons(canvas: Canvas, area: Area, sells: bool | None) -> None:
    buttons = (_NEXT, _SELL, _STICK)
    cells = _headed(canvas, area, "THE THREE BUTTONS").columns(len(buttons), _mm(5))
    parts = [cell.split_top(_mm(14), _mm(3)) for cell in cells]
    said = [_said(_NEXT), _said_of_sell(sells), _said(_STICK)]
    sizes = [largest_base(below, words, largest=_BODY) for (_, below), words in zip(parts, said, strict=True)]
    base = min(size or _SMALLEST for size in sizes)
    for (knob, below), words, button in zip(parts, said, buttons, strict=True):
        _draw_knob(canvas, knob, button.name)
        canvas.column(below, words, largest=base, smallest=_SMALLEST, down=0.0)


def _said(button: _Button) -> list[Words]:
    return [
        Words("Press", em=0.85, bold=True),
        Words(button.press, lines=3, gap=0.3),
        Words(f"Hold for {button.seconds} seconds", em=0.85, bold=True, gap=0.8),
        Words(button.hold, lines=3, gap=0.3),
    ]


def _said_of_sell(sells: bool | None) -> list[Words]:
    if sells is None:
        return _said(replace(_SELL, press="If switched on: one copy, cash, at the first price."))
    return _said(_SELL) if sells else [Words("It is switched off: sell on the console.", lines=4)]


def _draw_knob(canvas: Canvas, area: Area, name: str) -> None:
    side = area.height
    knob = Area(area.left, area.top, area.left + side, area.top + side)
    canvas.disc(knob)
    canvas.disc(knob.inset(_mm(0.8)), 1)
    canvas.disc(knob.inset(_mm(1.3)))
    size = _mm(3)
    x = knob.left + (side - width(name, size, bold=True)) // 2
    canvas.line(Line(name, x, knob.top + side // 2 + round(size * 0.36), size, bold=True, soft=False), 1)


def _draw_lamp(canvas: Canvas, area: Area) -> None:
    """Each light by its name, as a strip of time, and in words."""
    names = max(width(light.colour.name, _BODY, bold=True) for light, _ in _LAMP) + _mm(4)
    pitch = area.height // len(_LAMP)
    for place, (light, words) in enumerate(_LAMP):
        row = Area(area.left, area.top + place * pitch, area.right, area.top + (place + 1) * pitch)
        name, rest = row.split_left(names)
        strip, meaning = rest.split_left(_mm(32), _mm(5))
        base = row.top + round(_BODY * CAP_HEIGHT)
        canvas.line(Line(light.colour.name, name.left, base, _BODY, bold=True, soft=False))
        _draw_strip(canvas, Area(strip.left, row.top, strip.right, base), light)
        canvas.line(Line(words, meaning.left, base, _BODY, bold=False, soft=False))


def _draw_strip(canvas: Canvas, strip: Area, light: Light) -> None:
    """From left to right as time passes: black where the lamp is lit, white between two rules where it is dark."""
    thick = _mm(0.15)
    canvas.frame(strip, thick)
    now_ms = 0
    while now_ms < _STRIP_MS:
        colour, length = light.at(now_ms)
        until_ms = _STRIP_MS if length is None else min(_STRIP_MS, now_ms + length)
        if any(colour.value):
            left, right = (strip.left + strip.width * moment // _STRIP_MS for moment in (now_ms, until_ms))
            canvas.rule(Area(left, strip.top, right, strip.bottom))
        now_ms = until_ms


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
