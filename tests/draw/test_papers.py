"""What is drawn for keeping and for printing: the certificate and the owner card."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from PIL import Image, ImageChops

from appliance.draw import card, certificate
from appliance.draw.card import OwnerCard
from appliance.draw.certificate import Copy
from appliance.draw.cover import reencode
from tests.reading import by_hand, codes

PIN = "SB1R:A1B2C3D4E5F60718:3141592653:129:0011223344556677"
COPY = Copy(
    title="Harbour Lights",
    slug="harbour-lights",
    creator="Ana Reyes",
    number=17,
    of=100,
    day=date(2026, 11, 14),
    box="Stall 7",
    pin=PIN,
    cover=None,
)
LINK = "https://10.42.0.1:8443/console/pair?card=7KQ2M3VD9XWT4T5ABCDEFGHJKM"
CARD = OwnerCard(box="Stall 7", secret="7KQ2M3VD9XWT4T5ABCDEFGHJKM", link=LINK, wifi="Stall 7")


def cover(size: tuple[int, int]) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, "PNG")
    return reencode(file.getvalue()).large


def opened(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png), formats=("PNG",))


COPIES = {
    "plain": COPY,
    "wide cover": replace(COPY, cover=cover((1200, 300))),
    "tall cover": replace(COPY, cover=cover((300, 1200))),
    "open": replace(COPY, number=None, of=None, day=None),
    "long": replace(COPY, title="The Extraordinarily Long-winded Compendium of " * 3, number=10_000, of=10_000),
    "foreign": replace(COPY, title="東京ナイト", creator="山田", box="屋台"),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_certificate_holds_its_receipt_pin(copy: Copy) -> None:
    """The QR code of every certificate is read as the receipt pin, on screen and photographed."""
    image = opened(certificate.picture(copy))
    assert image.size == (1748, 1240)
    assert codes(image) == {PIN}
    assert codes(by_hand(image, degrees=7, blur=1.5, scale=1)) == {PIN}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_nothing_runs_out_of_the_certificate(copy: Copy) -> None:
    """Between the border and the margin the paper stays white."""
    image = opened(certificate.picture(copy)).convert("L")
    for band in ((60, 60, 120, 1180), (1628, 60, 1688, 1180), (60, 60, 1688, 120), (60, 1132, 1688, 1180)):
        assert image.crop(band).getextrema() == (255, 255)


def test_the_same_copy_gives_the_same_bytes() -> None:
    """A certificate's picture can be drawn again and compared."""
    assert certificate.picture(COPY) == certificate.picture(COPY)
    assert certificate.picture(COPY) != certificate.picture(replace(COPY, number=18))


def test_a_title_in_another_script_is_drawn_as_the_slug() -> None:
    """The picture of a title that the typeface lacks is that of its slug."""
    assert certificate.picture(replace(COPY, title="東京ナイト")) == certificate.picture(replace(COPY, title=COPY.slug))


def test_an_owner_card_pairs_the_phone_that_scans_it() -> None:
    """The code on the card is the pairing link."""
    assert codes(opened(card.png(CARD))) == {LINK}


def test_the_secret_is_grouped_for_reading_out() -> None:
    """26 characters are read out four at a time, and each of them changes the card."""
    assert card.groups(CARD.secret) == "7KQ2 M3VD 9XWT 4T5A BCDE FGHJ KM"
    other = card.picture(replace(CARD, secret=CARD.secret[:-1] + "N"))
    assert ImageChops.logical_xor(card.picture(CARD), other).getbbox() is not None


def test_a_card_is_one_page_of_a6_and_has_no_date() -> None:
    """The PDF is 148 x 105 mm (in points), and the same card gives the same bytes whenever it is printed."""
    pdf = card.pdf(CARD)
    assert b"/MediaBox [ 0 0 419.52 297.6 ]" in pdf
    assert pdf.count(b"/Type /Page\n") == 1
    assert b"CreationDate" not in pdf
    assert pdf == card.pdf(CARD)


@pytest.mark.parametrize("name", ["Stall 7", "W" * 40, "The stall with the very longest name of all", "屋台"])
def test_nothing_runs_out_of_the_card(name: str) -> None:
    """Eight millimetres at each edge stay white for the printer."""
    image = card.picture(replace(CARD, box=name, secret="W" * 26, wifi=None))
    left, top, right, bottom = image.convert("L").point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
    edge = 186  # round letters stand a few dots over the line
    assert left >= edge
    assert top >= edge
    assert right <= image.width - edge
    assert bottom <= image.height - edge
