"""Printed vouchers: read by phones off the paper, whole on the paper, the same bytes again."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest
from PIL import Image, ImageChops

from appliance.draw import qr, sheet
from appliance.draw.area import Area
from appliance.draw.sheet import Layout, Voucher
from tests.reading import by_hand, codes

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
VOUCHER = Voucher(
    title="Harbour Lights",
    slug="harbour-lights",
    creator="Ana Reyes",
    organizer="Night Market Berlin",
    stall="Stall 7",
    option="Download",
    price="€8.00",
    until="31 December 2026",
    serial=1,
    of=100,
    link="",
)
LONG = replace(
    VOUCHER,
    title="The Extraordinarily Long-winded Compendium of Everything at Night",
    creator="W" * 40,
    organizer="W" * 60,
    stall="W" * 40,
    option="With signed print and a very long name " * 2,
    price="BHD 9,007,199,254,740.991",
    until="30 Sept 2026, 18:00",
    serial=1000,
    of=1000,
)
FOREIGN = replace(VOUCHER, title="東京ナイト", creator="山田", organizer="夜市", stall="屋台", option="ダウンロード")


def link(serial: int, characters: int = 272) -> str:
    """As long as a token's link; `serial` makes it another one."""
    token = "".join(random.Random(serial).choices(ALPHABET, k=characters))
    return f"HTTP://10.42.0.1/T/{token}"


def several(count: int, voucher: Voucher = VOUCHER) -> list[Voucher]:
    return [replace(voucher, serial=serial, link=link(serial)) for serial in range(1, count + 1)]


def printed(page: Image.Image, dpi: int = 300) -> Image.Image:
    size = (page.width * dpi // sheet.DPI, page.height * dpi // sheet.DPI)
    return page.convert("L").resize(size, Image.Resampling.BOX)


@pytest.mark.parametrize("voucher", [VOUCHER, LONG, FOREIGN], ids=["plain", "long", "foreign"])
@pytest.mark.parametrize("layout", Layout)
def test_every_code_is_read_off_the_page(layout: Layout, voucher: Voucher) -> None:
    """At 300 dots per inch a reader finds each link of a full page, and no other."""
    vouchers = several(layout.per_page, voucher)
    (page,) = sheet.pages(vouchers, layout)
    assert codes(printed(page)) == {each.link for each in vouchers}


@pytest.mark.parametrize("layout", Layout)
def test_a_voucher_is_read_by_a_hand_held_phone(layout: Layout) -> None:
    """One voucher alone, tilted and out of focus, is read."""
    (page,) = sheet.pages(several(1), layout)
    cut = printed(page, 200).crop((0, 0, 1654 // layout.value[0], 2339 // layout.value[1]))
    assert codes(by_hand(cut, degrees=6, blur=0.6, scale=2)) == {link(1)}


@pytest.mark.parametrize(("characters", "least_mm"), [(258, 0.5), (272, 0.5), (330, 0.45)])
def test_modules_are_large_enough_for_any_printer(characters: int, least_mm: float) -> None:
    """Half a millimetre a module on a label for a token's link, and no less than 0.45 mm where an address is long."""
    (page,) = sheet.pages([replace(VOUCHER, link=link(1, characters))], Layout.LABELS)
    left, _, right, _ = page.crop((0, 0, 830, 877)).convert("L").point(lambda value: 255 - value).getbbox() or (0,) * 4
    modules = qr.side(link(1, characters)) - 2 * qr.QUIET
    assert (right - left) / sheet.DPI * 25.4 / modules >= least_mm


def is_white_around(page: Image.Image, cell: Area, outer_mm: float, inner_mm: float) -> bool:
    """Whether the ring between two distances from the cell's edge is blank."""
    outer, inner = (cell.inset(round(mm / 25.4 * sheet.DPI)) for mm in (outer_mm, inner_mm))
    bands = (
        (outer.left, outer.top, outer.right, inner.top),
        (outer.left, inner.bottom, outer.right, outer.bottom),
        (outer.left, outer.top, inner.left, outer.bottom),
        (inner.right, outer.top, outer.right, outer.bottom),
    )
    return all(page.crop(band).convert("L").getextrema() == (255, 255) for band in bands)


@pytest.mark.parametrize("voucher", [VOUCHER, LONG, FOREIGN], ids=["plain", "long", "foreign"])
@pytest.mark.parametrize(("layout", "outer_mm", "inner_mm"), [(Layout.POSTCARDS, 4, 8.5), (Layout.LABELS, 0, 3.9)])
def test_nothing_runs_out_of_a_voucher(layout: Layout, outer_mm: float, inner_mm: float, voucher: Voucher) -> None:
    """A label's edge stays white, since labels lie a little askew; a postcard's has nothing but cutting marks."""
    columns, rows = layout.value
    (page,) = sheet.pages(several(layout.per_page, voucher), layout)
    for place in range(layout.per_page):
        column, row = place % columns, place // columns
        cell = Area(
            page.width * column // columns,
            page.height * row // rows,
            page.width * (column + 1) // columns,
            page.height * (row + 1) // rows,
        )
        assert is_white_around(page, cell, outer_mm, inner_mm), place


def test_the_serial_and_the_price_are_on_the_paper() -> None:
    """Whatever is said of a voucher changes its picture."""
    (plain,) = sheet.pages(several(1), Layout.LABELS)
    others = {"serial": 2, "price": "€9.00", "until": "1 January 2027", "title": "EP", "stall": "Stall 8"}
    for name, other in others.items():
        (page,) = sheet.pages([replace(several(1)[0], **{name: other})], Layout.LABELS)  # type: ignore[arg-type]
        assert ImageChops.logical_xor(plain, page).getbbox() is not None, name


def test_a_hundred_vouchers_fill_the_pages_they_need() -> None:
    """Nine postcards are three pages of A4 in the PDF (210 x 297 mm in points), 25 labels are two."""
    for layout, count, pages in ((Layout.POSTCARDS, 9, 3), (Layout.LABELS, 25, 2)):
        pdf = sheet.pdf(sheet.pages(several(count), layout))
        assert b"/MediaBox [ 0 0 595.32 841.92 ]" in pdf
        assert sheet.count_pages(count, layout) == pages
        assert f"/Count {pages}\n".encode() in pdf
        assert len(set(re.findall(rb"\n(\d+) 0 obj<<\n/Type /XObject", pdf))) == pages


def test_the_same_vouchers_give_the_same_bytes() -> None:
    """A sheet has no date and can be printed again."""
    pdf = sheet.pdf(sheet.pages(several(5), Layout.POSTCARDS))
    assert b"CreationDate" not in pdf
    assert pdf == sheet.pdf(sheet.pages(several(5), Layout.POSTCARDS))
