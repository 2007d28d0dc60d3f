"""The owner card of one box, for paper: A6 landscape, one bit per dot at 600 dpi.

It holds the secret that pairs a phone and lets another box take over, so nobody but the organizer's tool draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from appliance.draw.area import Area
from appliance.draw.canvas import Canvas
from appliance.draw.column import Line, Words
from appliance.draw.text import CAP_HEIGHT, readable, width

DPI = 600
SIZE = (3496, 2480)  # 148 × 105 mm

_MARGIN = 190  # 8 mm: printers leave the edge white
_SMALLEST = 62  # 7.5 points
_SECRET_SIZE = 124
_BAND = 620  # height of the secret's band


@dataclass(frozen=True, slots=True)
class OwnerCard:
    """What stands on the card. `wifi` is the name of the box's network, null where it uses another one."""

    box: str  # its name
    secret: str  # 26 Crockford base32 characters
    link: str  # that pairs the phone which opens it
    wifi: str | None


def groups(secret: str) -> str:
    """The secret as people read it out: four characters at a time."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def picture(card: OwnerCard) -> Image.Image:
    """The card in mode `1`."""
    canvas = Canvas(SIZE, "1")
    inner = canvas.area.inset(_MARGIN)
    body, band = inner.split_bottom(_BAND, 100)
    code, words = body.split_left(body.height - 40, 120)
    canvas.flush_qr(code, card.link)
    _draw_steps(canvas, words, card)
    _draw_secret(canvas, band, card.secret)
    return canvas.image


def png(card: OwnerCard) -> bytes:
    """The card as PNG. Same card, same bytes."""
    file = BytesIO()
    picture(card).save(file, "PNG", dpi=(DPI, DPI))
    return file.getvalue()


def pdf(card: OwnerCard) -> bytes:
    """The card as a PDF page of A6, to be printed at its actual size. Same card, same bytes."""
    file = BytesIO()
    picture(card).save(file, "PDF", resolution=DPI, title="Owner card", creationDate=None, modDate=None)
    return file.getvalue()


def _draw_steps(canvas: Canvas, area: Area, card: OwnerCard) -> None:
    network = f", “{readable(card.wifi, 'stallbox')}”," if card.wifi else ""
    join = (
        f"Switch the box on and join its Wi-Fi{network} with your phone."
        if card.wifi
        else ("Switch the box on and bring your phone into the same network.")
    )
    canvas.column(
        area,
        [
            Words("OWNER CARD", em=0.8, bold=True),
            Words(readable(card.box, "This box"), em=2.0, bold=True, lines=2, gap=0.8, eases=True),
            Words(f"1.  {join}", lines=3, gap=1.3),
            Words("2.  Scan the code. The phone warns you once, because the box made its own key: go on.", lines=4),
            Words("3.  You are on the console: sell, look at the stock, show a claim again.", lines=3),
        ],
        largest=96,
        smallest=_SMALLEST,
        down=0.0,
    )


def _draw_secret(canvas: Canvas, band: Area, secret: str) -> None:
    """The secret in cells of equal width between two rules, and what it is."""
    canvas.rule(band.split_top(6)[0])
    text = groups(secret)
    row = band.inset(_SECRET_SIZE // 6, 0)  # W and M are wider than their cells
    cell = row.width / len(text)
    line = band.top + 90 + round(_SECRET_SIZE * CAP_HEIGHT)
    for place, character in enumerate(text):
        x = row.left + round(cell * (place + 0.5) - width(character, _SECRET_SIZE, bold=True) / 2)
        canvas.line(Line(character, x, line, _SECRET_SIZE, bold=True, soft=False))
    lower = Area(band.left, line + 90, band.right, band.bottom)
    canvas.rule(lower.split_top(6)[0])
    canvas.column(
        lower.split_top(6, 56)[1],
        [
            Words("Keep this card like a key: whoever has it can sell in your name.", em=1.1, bold=True, lines=2),
            Words(
                "Type these letters where a camera is no help. With them, and with the box's mirror stick, another "
                "box takes over should this one be lost or break.",
                lines=4,
                gap=0.7,
            ),
        ],
        largest=72,
        smallest=_SMALLEST - 8,
        down=0.0,
    )
