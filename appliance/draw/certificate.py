"""The certificate of ownership as a picture to keep: A5 landscape at 8.3 dots per millimetre.

It says what the signed certificate says and where the proof is; it proves nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO

from babel.dates import format_date
from PIL import Image, ImageOps

from appliance.draw.area import Area
from appliance.draw.canvas import Canvas
from appliance.draw.column import Line, Words, column
from appliance.draw.text import DESCENT, drawable, readable, width

SIZE = (1748, 1240)

_MARGIN = 124
_LEFT = 660  # width of the cover's column
_GAP = 88
_HEADING = "CERTIFICATE OF OWNERSHIP"
_INK = (22, 26, 34)
_SOFT = (96, 100, 110)
_HAIR = (196, 198, 204)
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Copy:
    """What stands on the certificate. `number` and `of` are null in an open edition, `day` where no clock was known."""

    title: str
    slug: str
    creator: str
    number: int | None
    of: int | None
    day: date | None
    box: str  # the name of the box that sold it
    pin: str | None  # receipt pin (FORMATS §5); null where the box can prove the sale no more
    cover: bytes | None  # as `cover.reencode` wrote it


def picture(copy: Copy) -> bytes:
    """The certificate as PNG. Same copy, same bytes."""
    canvas = Canvas(SIZE, "RGB")
    _draw_border(canvas)
    inner = canvas.area.inset(_MARGIN)
    left, right = inner.split_left(_LEFT, _GAP)
    art, proof = left.split_top(_LEFT, 64)
    _draw_art(canvas, art, copy)
    if copy.pin is not None:
        _draw_proof(canvas, proof, copy.pin)
    heading, words = right.split_top(70)
    _draw_heading(canvas, heading)
    _draw_words(canvas, words, copy)
    file = BytesIO()
    canvas.image.save(file, "PNG", compress_level=3)
    return file.getvalue()


def _draw_border(canvas: Canvas) -> None:
    canvas.frame(canvas.area.inset(44), 3, _INK)
    canvas.frame(canvas.area.inset(56), 1, _HAIR)


def _draw_heading(canvas: Canvas, area: Area) -> None:
    """Capitals set wide, over a short rule."""
    size, spacing = 26, 7
    x = area.left
    for letter in _HEADING:
        canvas.line(Line(letter, x, area.top + size, size, bold=True, soft=False), _SOFT)
        x += width(letter, size, bold=True) + spacing
    canvas.rule(Area(area.left, area.bottom - 8, area.left + 96, area.bottom - 3), _INK)


def _draw_words(canvas: Canvas, area: Area, copy: Copy) -> None:
    author = f"by {copy.creator}" if drawable(copy.creator) else ""
    canvas.column(
        area.split_top(_LEFT - 70)[0],
        [
            Words(readable(copy.title, copy.slug), em=1.55, bold=True, lines=4, eases=True),
            Words(author, em=0.8, lines=2, gap=0.75),
            Words(_number(copy), em=2.1, bold=True, gap=1.9, narrows=True),
        ],
        largest=50,
        smallest=26,
        down=0.42,
        ink=_INK,
    )
    canvas.column(
        area.split_bottom(236)[1],
        [
            Words(_issued(copy), bold=True, lines=2),
            Words(_proven(copy), em=0.86, lines=6, gap=0.7),
        ],
        largest=30,
        smallest=20,
        down=1.0,
        ink=_SOFT,
    )


def _number(copy: Copy) -> str:
    return "Open edition" if copy.number is None or copy.of is None else f"#{copy.number} of {copy.of}"


def _signer(copy: Copy) -> str:
    return "The box" if copy.number is None else "The creator"  # FORMATS §4: open editions are signed at the sale


def _proven(copy: Copy) -> str:
    if copy.pin is None:
        return f"{_signer(copy)} signed this copy. The file certificate.json that came with this picture proves it."
    return (
        f"{_signer(copy)} signed this copy, and the sale stands in the box's signed ledger. The files "
        "certificate.json and receipt.tlog-proof that came with this picture prove it."
    )


def _issued(copy: Copy) -> str:
    place = f"at {copy.box}" if drawable(copy.box) else ""
    day = format_date(copy.day, "d MMMM y", locale="en") if copy.day else ""
    return " ".join(filter(None, ("Sold", place, f"on {day}" if day else "")))


def _draw_art(canvas: Canvas, area: Area, copy: Copy) -> None:
    if copy.cover is None:
        _draw_emblem(canvas, area, copy)
        return
    with Image.open(BytesIO(copy.cover), formats=("JPEG",)) as opened:
        art = ImageOps.contain(opened.convert("RGB"), (area.width, area.height), Image.Resampling.LANCZOS)
    left = area.left + (area.width - art.width) // 2
    top = area.top
    place = Area(left, top, left + art.width, top + art.height)
    canvas.picture(place, art)
    canvas.frame(place, 1, _HAIR)


def _draw_emblem(canvas: Canvas, area: Area, copy: Copy) -> None:
    """Without a cover: the number, or the title's first letter, large on dark."""
    canvas.rule(area, _INK)
    canvas.frame(area.inset(22), 2, _SOFT)
    sign = readable(copy.title, copy.slug)[:1].upper() if copy.number is None else f"#{copy.number}"
    words = [Words(sign, bold=True, narrows=True)]
    for line in column(area.inset(72), words, largest=360, smallest=60, across=0.5):
        level = line.y + round(line.size * DESCENT / 2)  # capitals and digits have no tails
        canvas.line(replace(line, y=level), _WHITE)


def _draw_proof(canvas: Canvas, area: Area, pin: str) -> None:
    """The QR code of the receipt pin, and the pin in letters."""
    code, words = area.split_left(area.height, 32)
    canvas.flush_qr(code, pin, down=1.0)
    canvas.column(
        words,
        [Words("Receipt pin", bold=True), Words(pin.replace(":", ": "), em=0.86, lines=5, gap=0.6)],
        largest=26,
        smallest=20,
        down=1.0,
        ink=_SOFT,
    )
