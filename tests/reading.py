"""How the tests look at pictures: the way a phone does."""

from __future__ import annotations

import zxingcpp
from PIL import Image, ImageFilter


def codes(image: Image.Image) -> set[str]:
    """The QR codes that a reader finds in `image`; in a page of them it may take any gap for a code of another sort."""
    return {code.text for code in zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)}


def by_hand(image: Image.Image, *, blur: float = 0.0, degrees: float = 0.0, scale: int = 4) -> Image.Image:
    """`image` as a hand-held camera sees it: `scale` camera pixels per panel pixel, tilted, out of focus by `blur`
    panel pixels."""
    photo = image.convert("L").resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    tilted = photo.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    return tilted.filter(ImageFilter.GaussianBlur(blur * scale)) if blur else tilted
