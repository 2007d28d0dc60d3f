"""How the tests look at pictures: the way a phone does."""

from __future__ import annotations

import zxingcpp
from PIL import Image, ImageFilter


def codes(image: Image.Image) -> set[str]:
    """What a reader finds in `image`."""
    return {code.text for code in zxingcpp.read_barcodes(image.convert("L"))}


def by_hand(image: Image.Image, *, blur: float = 0.0, degrees: float = 0.0, scale: int = 4) -> Image.Image:
    """`image` as a hand-held camera sees it: `scale` camera pixels per panel pixel, tilted, out of focus by `blur`
    panel pixels."""
    photo = image.convert("L").resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    tilted = photo.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    return tilted.filter(ImageFilter.GaussianBlur(blur * scale)) if blur else tilted
