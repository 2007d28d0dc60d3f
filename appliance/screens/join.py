"""The way in: the code that joins the stall's network, alone or beside the shop's."""

from __future__ import annotations

from PIL import Image

from appliance.core.status import Join, Status
from appliance.draw import qr
from appliance.draw.area import Area
from appliance.draw.column import Words
from appliance.screens import words
from appliance.screens.cover import draw_cover
from appliance.screens.sheet import Sheet, outer_area

_BESIDE = 4  # pixels per module: where codes would be smaller each has the page to itself in turn
_LABEL, _CODE, _NAME = 0.1, 0.6, 0.09  # shares of the height: above the codes, the codes, below them


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
    sheet.canvas.column(rest, paragraphs, largest=sheet.headline, down=sheet.down)


def has_room_for_both(size: tuple[int, int], join: Join, shop_url: str) -> bool:
    """Whether both codes stand side by side with modules that a phone reads across the table."""
    areas = [code for _, code, _ in _columns(outer_area(size))]
    return all(
        (qr.pixels_per_module(text, min(area.width, area.height)) or 0) >= _BESIDE
        for area, text in zip(areas, (join.text, shop_url), strict=True)
    )


def draw_both(sheet: Sheet, status: Status, cover: Image.Image | None) -> None:
    """First the network, then the shop; below them what is on sale."""
    if status.join is None:
        return
    steps = (
        ("1. Join our Wi-Fi", status.join.text, words.network(status.join)),
        ("2. Look and choose", status.shop_url, words.address(status)),
    )
    for (label, code, name), (step, text, called) in zip(_columns(sheet.outer), steps, strict=True):
        size = max(sheet.smallest, round(label.height * 0.62))
        sheet.canvas.column(label, [Words(step, bold=True)], largest=size, across=0.5, down=0.8)
        sheet.canvas.qr(code, text)
        sheet.canvas.column(name, [Words(called, soft=True)], largest=size, across=0.5, down=0.2)
    bottom = max(name.bottom for _, _, name in _columns(sheet.outer))
    _draw_on_sale(sheet, Area(sheet.body.left, bottom, sheet.body.right, sheet.body.bottom), status, cover)


def _columns(outer: Area) -> tuple[tuple[Area, Area, Area], ...]:
    """For each code: above, the code itself, below."""
    columns = []
    for column in outer.columns(2):
        label, rest = column.split_top(round(outer.height * _LABEL))
        code, rest = rest.split_top(min(column.width, round(outer.height * _CODE)))
        name, _ = rest.split_top(round(outer.height * _NAME))
        columns.append((label, code, name))
    return tuple(columns)


def _draw_on_sale(sheet: Sheet, area: Area, status: Status, cover: Image.Image | None) -> None:
    area = draw_cover(sheet, area, cover)
    if len(status.drops) == 1:
        (drop,) = status.drops
        facts = f"{words.price(drop)} · {words.stock(drop)}"
        paragraphs = [
            Words(words.title(drop), em=1.2, bold=True, lines=2, eases=True),
            Words(facts, em=1.0, lines=2, gap=0.5),
        ]
    else:
        names = [words.title(drop) for drop in status.drops if not drop.sold_out]
        paragraphs = [Words(" · ".join(names), bold=True, lines=3)]
    across = 0.0 if cover is not None else 0.5
    sheet.canvas.column(area, paragraphs, largest=round(sheet.headline * 0.8), across=across, down=0.4)
