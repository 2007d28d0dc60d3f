"""Pictures for displays that are mounted turned: degrees with the clock, as the viewer sees the display."""

from __future__ import annotations

from PIL import Image

_TURNED = {  # Pillow counts against the clock
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def turned_by(image: Image.Image, rotation: int) -> Image.Image:
    """What the hardware is to show so that the viewer sees `image`; `rotation` is 0, 90, 180 or 270."""
    return image.transpose(_TURNED[rotation]) if rotation else image


def seen_size(size: tuple[int, int], rotation: int) -> tuple[int, int]:
    """The size that the viewer sees of hardware of `size`."""
    return size if rotation in {0, 180} else (size[1], size[0])
