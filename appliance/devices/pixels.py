"""Pictures as the bytes of a Linux framebuffer. Knows two arrangements of the pixels, and opens nothing."""

from __future__ import annotations

from PIL import Image, ImageChops

DEPTHS = (16, 32)


def packed(image: Image.Image, bits: int, stride: int) -> bytes:
    """The pixels of an RGB `image` row by row, each row filled up to `stride` bytes with zeros.

    `bits` per pixel are one of DEPTHS: 16 is RGB565 and 32 is XRGB8888, the low byte first, as Linux's own framebuffer
    over KMS has them.
    """
    if bits == 16:
        return _rgb565(image).tobytes("raw", "LA", stride)
    if bits == 32:
        return image.tobytes("raw", "BGRX", stride)
    raise ValueError(f"{bits} bits per pixel are none of {DEPTHS}")


def _rgb565(image: Image.Image) -> Image.Image:
    """The low and the high byte of each pixel, as two bands: Pillow 13 has no packer of its own for 16 bits."""
    red, green, blue = image.split()
    low = ImageChops.add(green.point(lambda value: (value & 0x1C) << 3), blue.point(lambda value: value >> 3))
    high = ImageChops.add(red.point(lambda value: value & 0xF8), green.point(lambda value: value >> 5))
    return Image.merge("LA", (low, high))
