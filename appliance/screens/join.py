"""The way in: the code that joins the stall's network, alone or beside the shop's."""

from __future__ import annotations

from PIL import Image

from appliance.core.status import DropStatus, Join, Status
from appliance.draw.area import Area
from appliance.draw.column import Words
from appliance.screens import words
from appliance.screens.cards import Card, are_large, deal, draw_card
from appliance.screens.cover import draw_cover
from appliance.screens.offers import draw_offers
from appliance.screens.sheet import Sheet, margin_of, outer_area

_THREE_COLUMNS = 640  # pixels of width


def draw_join(sheet: Sheet, status: Status) -> None:
    """The network's code large, its name, and how many phones it still takes."""
    if status.join is None:
        return
    picture, rest = sheet.halves(0.56)
    if not sheet.canvas.qr(picture, status.join.text):
        rest = sheet.body
    paragraphs = [
        Words("1. Join our Wi-Fi", em=0.8, soft=True, lines=2, spare=3),
        Words(words.network(status.join), em=1.5, bold=True, lines=2, gap=0.6, eases=True),
        Words(words.seats(status), em=0.8, lines=3, gap=0.9, spare=2),
        Words("2. Then scan the shop’s code", em=0.8, soft=True, lines=3, gap=0.9, spare=1),
    ]
    sheet.column(rest, paragraphs, largest=sheet.headline, down=sheet.down)


def has_room_for_both(size: tuple[int, int], join: Join, shop_url: str) -> bool:
    """Whether both codes stand on one page with modules that a phone reads over the table."""
    return are_large(_parts(size)[0], (join.text, shop_url))


def draw_both(sheet: Sheet, status: Status, cover: Image.Image | None) -> None:
    """First the network, then the shop, and what is on sale; without room for both the network alone."""
    size = sheet.canvas.image.size
    if status.join is None or not has_room_for_both(size, status.join, status.shop_url):
        draw_join(sheet, status)
        return
    (join, shop), sale = _parts(size)
    draw_card(sheet, join, status.join.text, _caption("1. Join Wi-Fi", words.network(status.join)))
    draw_card(sheet, shop, status.shop_url, _caption("2. Open shop", words.address(status)))
    _draw_sale(sheet, sale, status, cover)


def _caption(step: str, name: str) -> list[Words]:
    return [
        Words(step, em=0.9, bold=True, narrows=True),
        Words(name, em=0.8, soft=True, gap=0.45, spare=1, narrows=True),
    ]


def _parts(size: tuple[int, int]) -> tuple[tuple[Card, ...], Area]:
    """A card for each code, and the area for what is on sale: at the right where the page is wide, else below."""
    outer, margin = outer_area(size), margin_of(size)
    if outer.width >= max(_THREE_COLUMNS, outer.height * 1.4):
        codes, sale = outer.split_left(round(outer.width * 0.66))
        return deal(codes.split_bottom(margin)[0], 2, margin, words=0.3), sale.inset(margin)
    codes, sale = outer.split_top(round(outer.height * 0.78))
    return deal(codes, 2, margin, words=0.22), sale.inset(margin, margin // 2)


def _draw_sale(sheet: Sheet, area: Area, status: Status, cover: Image.Image | None) -> None:
    is_flat = area.width > area.height * 2
    area = draw_cover(sheet, area, cover)
    across = 0.5 if is_flat and cover is None and sheet.wide else 0.0
    drops = [drop for drop in status.drops if not drop.sold_out] or list(status.drops)
    if len(drops) == 1:
        paragraphs = _one(drops[0], is_flat=is_flat)
    elif is_flat:
        paragraphs = [Words(" · ".join(words.title(drop) for drop in drops), bold=True, lines=2)]
    else:
        draw_offers(sheet, area, tuple(drops))
        return
    sheet.column(area, paragraphs, largest=round(sheet.headline * 0.9), across=across, down=0.5)


def _one(drop: DropStatus, *, is_flat: bool) -> list[Words]:
    name = Words(words.title(drop), em=1.2, bold=True, lines=2 if is_flat else 4, eases=True)
    if is_flat:
        return [name, Words(f"{words.price(drop)} · {words.stock(drop)}", em=0.9, lines=2, gap=0.5)]
    return [
        name,
        Words(words.by_creator(drop), em=0.7, soft=True, lines=2, gap=0.5, spare=1, eases=True),
        Words(words.price(drop), em=1.2, gap=0.9, narrows=True),
        Words(words.stock(drop), em=0.9, bold=True, lines=2, gap=0.5),
    ]
