"""Framebuffer pixels against the formats as the kernel defines them, one pixel at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from appliance.devices.pixels import DEPTHS, packed


def one_by_one(image: Image.Image, bits: int, stride: int) -> bytes:
    """Slow and plain: struct fb_bitfield of RGB565 is 11:5, 5:6, 0:5, that of XRGB8888 is 16:8, 8:8, 0:8."""
    rows = []
    for y in range(image.height):
        row = b""
        for x in range(image.width):
            red, green, blue = image.getpixel((x, y))  # type: ignore[misc]
            if bits == 16:
                row += (red >> 3 << 11 | green >> 2 << 5 | blue >> 3).to_bytes(2, "little")
            else:
                row += (red << 16 | green << 8 | blue).to_bytes(4, "little")
        rows.append(row.ljust(stride, b"\0"))
    return b"".join(rows)


@st.composite
def images(draw: st.DrawFn) -> Image.Image:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    data = draw(st.binary(min_size=width * height * 3, max_size=width * height * 3))
    return Image.frombytes("RGB", (width, height), data)


@given(images(), st.sampled_from(DEPTHS), st.integers(0, 13))
def test_every_pixel_is_at_its_place(image: Image.Image, bits: int, padding: int) -> None:
    """Any picture, at both depths, also where rows are longer than their pixels by any number of bytes."""
    stride = image.width * bits // 8 + padding
    assert packed(image, bits, stride) == one_by_one(image, bits, stride)


@pytest.mark.parametrize("bits", [1, 8, 24])
def test_other_depths(bits: int) -> None:
    """Nothing is guessed about a depth that is not known."""
    with pytest.raises(ValueError, match=str(bits)):
        packed(Image.new("RGB", (2, 2)), bits, 32)
