"""The shop's page: its QR code with what is on sale, one drop in large words or several as a list."""

from __future__ import annotations

from PIL import Image

from appliance.core.status import DropStatus, Status
from appliance.draw.area import Area
from appliance.draw.column import Words
from appliance.screens import words
from appliance.screens.cover import draw_cover
from appliance.screens.offers import draw_offers
from appliance.screens.sheet import Sheet


def draw_shop(sheet: Sheet, status: Status, cover: Image.Image | None) -> None:
    """One drop, with its cover where there is room, or many; the caller has seen that there is at least one."""
    picture, rest = sheet.halves(0.5 if len(status.drops) == 1 else 0.42)
    if not sheet.canvas.qr(picture, status.shop_url):
        rest = sheet.body
    if len(status.drops) == 1:
        _draw_one(sheet, draw_cover(sheet, rest, cover), status.drops[0])
    else:
        draw_offers(sheet, rest, status.drops)


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
