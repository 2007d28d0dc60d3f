"""Printed vouchers: A4 pages of postcards to cut out, or of labels to peel off, one bit per dot at 600 dpi.

Knows paper sizes and where each word stands. What a voucher buys is in its link, of which it knows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from io import BytesIO

from PIL import Image

from appliance.draw.area import Area
from appliance.draw.canvas import Canvas
from appliance.draw.column import Line, Words
from appliance.draw.text import readable, width

DPI = 600
SIZE = (4961, 7016)  # 210 × 297 mm

_SMALLEST = 50  # 6 points


def _mm(length: float) -> int:
    return round(length * DPI / 25.4)


class Layout(Enum):
    """How a page is divided: columns, rows."""

    POSTCARDS = (2, 2)  # A6
    LABELS = (3, 8)  # 70 × 37 mm, a common sheet of labels without margins

    @property
    def per_page(self) -> int:
        return self.value[0] * self.value[1]


@dataclass(frozen=True, slots=True)
class Voucher:
    """What stands on one voucher, in words that people read."""

    title: str
    slug: str
    creator: str
    organizer: str
    stall: str
    option: str  # title of the price option
    price: str
    until: str  # the last day or moment
    serial: int
    of: int
    link: str  # upper case, so that the code stays coarse


def pages(vouchers: Sequence[Voucher], layout: Layout) -> Iterator[Image.Image]:
    """The pages in mode `1`, one after the other: each takes 35 MB while it is held."""
    for start in range(0, len(vouchers), layout.per_page):
        yield _page(vouchers[start : start + layout.per_page], layout)


def count_pages(vouchers: int, layout: Layout) -> int:
    """How many pages so many vouchers take."""
    return -(-vouchers // layout.per_page)


def pdf(pictures: Iterable[Image.Image]) -> bytes:
    """`pages` as a PDF, to be printed at its actual size. Same pages, same bytes."""
    file = BytesIO()
    for number, page in enumerate(pictures):
        again = number > 0
        title = None if again else "Vouchers"
        page.save(file, "PDF", resolution=DPI, append=again, title=title, creationDate=None, modDate=None)
    return file.getvalue()


def _page(vouchers: Sequence[Voucher], layout: Layout) -> Image.Image:
    canvas = Canvas(SIZE, "1")
    draw = _DRAW[layout]
    for cell, voucher in zip(_cells(canvas.area, layout), vouchers, strict=False):
        draw(canvas, cell, voucher)
    if layout is Layout.POSTCARDS:
        _draw_cutting_marks(canvas)
    return canvas.image


def _cells(page: Area, layout: Layout) -> Iterator[Area]:
    """Row by row; what does not divide evenly is shared out."""
    columns, rows = layout.value
    for row in range(rows):
        for column in range(columns):
            yield Area(
                page.width * column // columns,
                page.height * row // rows,
                page.width * (column + 1) // columns,
                page.height * (row + 1) // rows,
            )


def _draw_cutting_marks(canvas: Canvas) -> None:
    """Short lines at the edges and a cross in the middle: where four postcards part."""
    page, thick, long = canvas.area, 2, _mm(6)
    x, y = page.width // 2, page.height // 2
    for top in (0, y - long // 2, page.height - long):
        canvas.rule(Area(x - thick, top, x + thick, top + long))
    for left in (0, x - long // 2, page.width - long):
        canvas.rule(Area(left, y - thick, left + long, y + thick))


def _draw_postcard(canvas: Canvas, cell: Area, voucher: Voucher) -> None:
    head, body = cell.inset(_mm(9)).split_top(_mm(46), _mm(7))
    middle, foot = body.split_top(_mm(58), _mm(6))
    code, words = middle.split_left(middle.height, _mm(5))
    _draw_head(canvas, head, voucher)
    canvas.flush_qr(code, voucher.link)
    _draw_worth(canvas, words, voucher)
    _draw_foot(canvas, foot, voucher)


def _draw_head(canvas: Canvas, area: Area, voucher: Voucher) -> None:
    """White on black: whose market, the drop, its creator."""
    white = 1 - int(bool(canvas.black))
    canvas.rule(area)
    inner = area.inset(_mm(6), _mm(6))
    top, rest = inner.split_top(_mm(5))
    _draw_wide(canvas, top, readable(voucher.organizer, "").upper(), white)
    creator = readable(voucher.creator, "")
    canvas.column(
        rest,
        [
            Words(readable(voucher.title, voucher.slug), em=1.7, bold=True, lines=3, eases=True),
            Words(f"by {creator}" if creator else "", em=0.75, gap=0.8),
        ],
        largest=_mm(6.2),
        smallest=_SMALLEST,
        down=1.0,
        ink=white,
    )


def _draw_wide(canvas: Canvas, area: Area, text: str, ink: int) -> None:
    """Capitals set wide; closer where they would not fit."""
    size = _mm(2.5)
    while size > _SMALLEST and _wide(text, size) > area.width:
        size -= 1
    spacing = size // 5 if _wide(text, size) <= area.width else 0
    x = area.left
    for letter in text:
        if x + width(letter, size, bold=True) > area.right:
            return
        canvas.line(Line(letter, x, area.top + size, size, bold=True, soft=False), ink)
        x += width(letter, size, bold=True) + spacing


def _wide(text: str, size: int) -> int:
    return sum(width(letter, size, bold=True) + size // 5 for letter in text)


def _draw_worth(canvas: Canvas, area: Area, voucher: Voucher) -> None:
    """Beside the code: what it is worth above, until when and which one it is below."""
    upper, lower = area.split_top(area.height // 2)
    canvas.column(
        upper,
        [
            Words("VOUCHER", em=0.8, bold=True),
            Words(voucher.price, em=1.9, bold=True, gap=0.9, narrows=True),
            Words(readable(voucher.option, ""), lines=3, gap=0.6),
        ],
        largest=_mm(3.8),
        smallest=_SMALLEST,
        down=0.0,
    )
    canvas.column(
        lower,
        [
            Words("Good until", em=0.8),
            Words(voucher.until, bold=True, lines=3, gap=0.35),
            Words(_serial(voucher), em=0.8, gap=1.1, narrows=True),
        ],
        largest=_mm(3.4),
        smallest=_SMALLEST,
        down=1.0,
    )


def _draw_foot(canvas: Canvas, area: Area, voucher: Voucher) -> None:
    canvas.rule(area.split_top(4)[0])
    canvas.column(
        area.split_top(4, _mm(3.5))[1],
        [
            Words(readable(voucher.stall, "At the stall"), em=1.25, bold=True, narrows=True),
            Words("Join the Wi-Fi of the box, scan the code, take your copy. It works once.", lines=2, gap=0.7),
        ],
        largest=_mm(3.1),
        smallest=_SMALLEST,
        down=0.0,
    )


def _draw_label(canvas: Canvas, cell: Area, voucher: Voucher) -> None:
    inner = cell.inset(_mm(5), (cell.height - _mm(29)) // 2)
    code, words = inner.split_left(inner.height, _mm(3))
    canvas.flush_qr(code, voucher.link, down=0.5)
    stall = readable(voucher.stall, "the stall")
    canvas.column(
        words,
        [
            Words(readable(voucher.title, voucher.slug), em=1.35, bold=True, lines=3, eases=True),
            Words(f"{voucher.price}  {readable(voucher.option, '')}", em=1.0, bold=True, lines=2, gap=0.6),
            Words(f"Until {voucher.until}", em=0.85, gap=0.5, narrows=True),
            Words(_serial(voucher), em=0.85, gap=0.35, narrows=True),
            Words(f"Scan it in the Wi-Fi of {stall}. It works once.", em=0.85, lines=3, gap=0.7, spare=1),
        ],
        largest=_mm(2.9),
        smallest=_SMALLEST,
        down=0.5,
    )


def _serial(voucher: Voucher) -> str:
    return f"Voucher {voucher.serial} of {voucher.of}"


_DRAW: dict[Layout, Callable[[Canvas, Area, Voucher], None]] = {
    Layout.POSTCARDS: _draw_postcard,
    Layout.LABELS: _draw_label,
}
