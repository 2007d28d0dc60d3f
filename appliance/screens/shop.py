"""The shop's page: its QR code with what is on sale, one drop in large words or several as a list."""

from __future__ import annotations

from PIL import Image

from appliance.core.status import DropStatus, Status
from appliance.draw.area import Area
from appliance.draw.column import Words, largest_base
from appliance.screens import words
from appliance.screens.cover import draw_cover
from appliance.screens.sheet import Sheet


def draw_shop(sheet: Sheet, status: Status, cover: Image.Image | None) -> None:
    """One drop, with its cover where there is room, or many; the caller has seen that there is at least one."""
    picture, rest = sheet.halves(0.5 if len(status.drops) == 1 else 0.42)
    if not sheet.canvas.qr(picture, status.shop_url):
        rest = sheet.body
    if len(status.drops) == 1:
        _draw_one(sheet, draw_cover(sheet, rest, cover), status.drops[0])
    else:
        _draw_list(sheet, rest, status.drops)


def _draw_one(sheet: Sheet, area: Area, drop: DropStatus) -> None:
    paragraphs = [
        Words(words.title(drop), em=1.5, bold=True, lines=3 if sheet.small else 4, eases=True),
        Words(words.by_creator(drop), em=0.8, soft=True, lines=2, gap=0.5, spare=1, eases=True),
        Words(words.price(drop), em=1.5, gap=1.0, narrows=True),
        Words(words.stock(drop), em=1.0, bold=True, lines=2, gap=0.5),
        Words("Scan to look, pay here", em=0.7, soft=True, lines=2, gap=1.2, spare=3),
        Words(sheet.footless, em=0.7, soft=True, lines=2, gap=0.7, spare=2),
    ]
    largest = sheet.headline if sheet.small else round(sheet.headline * 0.85)  # the large title needs air around it
    sheet.column(area, paragraphs, largest=largest, down=sheet.down)


def _draw_list(sheet: Sheet, area: Area, drops: tuple[DropStatus, ...]) -> None:
    """As many drops as fit, and how many there are besides."""
    paragraphs: list[Words] = []
    for count in range(len(drops), 0, -1):
        paragraphs = [line for drop in drops[:count] for line in _row(sheet, drop)]
        if count < len(drops):
            paragraphs.append(Words(f"and {len(drops) - count} more", em=0.85, soft=True, gap=0.9))
        if largest_base(area, paragraphs, largest=sheet.headline) is not None:
            break
    sheet.column(area, paragraphs, largest=sheet.headline, down=sheet.down)


def _row(sheet: Sheet, drop: DropStatus) -> tuple[Words, Words]:
    facts = words.stock(drop) if drop.sold_out else f"{words.price(drop)} · {words.stock(drop)}"
    return (
        Words(words.title(drop), bold=True, lines=1 if sheet.small else 2, gap=0.9 if sheet.small else 1.3),
        Words(facts, em=0.85, soft=True, gap=0.45),
    )
