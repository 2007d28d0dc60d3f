"""A drop's cover beside its words. The pixels are handed in: nothing is read here."""

from __future__ import annotations

from PIL import Image

from appliance.draw.area import Area
from appliance.screens.sheet import Sheet

_SMALLEST = 80  # pixels of the shorter side: below that a picture says nothing


def draw_cover(sheet: Sheet, area: Area, cover: Image.Image | None) -> Area:
    """The cover at the left of a flat `area` or at the top of a tall one; returns what it leaves.

    Nothing is drawn, and all is left, without a cover or without room.
    """
    if cover is None:
        return area
    is_flat = area.width > area.height * 1.6
    room = (round(area.width * 0.4), area.height) if is_flat else (area.width, round(area.height * 0.4))
    if min(room) < _SMALLEST:
        return area
    picture = _within(cover, room)
    sheet.canvas.picture(Area(area.left, area.top, area.left + picture.width, area.top + picture.height), picture)
    if is_flat:
        return area.split_left(picture.width, sheet.margin * 2)[1]
    return area.split_top(picture.height, sheet.margin)[1]


def _within(cover: Image.Image, room: tuple[int, int]) -> Image.Image:
    share = min(room[0] / cover.width, room[1] / cover.height)
    size = (max(1, round(cover.width * share)), max(1, round(cover.height * share)))
    return cover.convert("RGB").resize(size, Image.Resampling.LANCZOS)
