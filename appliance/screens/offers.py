"""Several drops as a list: what each costs and how many are left."""

from __future__ import annotations

from appliance.core.status import DropStatus
from appliance.draw.area import Area
from appliance.draw.column import Words, largest_base
from appliance.screens import words
from appliance.screens.sheet import Sheet

_LINES = 2  # at least, for each drop


def draw_offers(sheet: Sheet, area: Area, drops: tuple[DropStatus, ...]) -> None:
    """As many drops as fit, and how many there are besides."""
    paragraphs: list[Words] = []
    most = max(1, area.height // (_LINES * sheet.smallest))
    for count in range(min(len(drops), most), 0, -1):
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
