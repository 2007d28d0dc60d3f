"""A creator's cover made safe to serve: decoded within limits, turned upright, without metadata, written anew as JPEG.

It trusts nothing of the picture but its pixels. Only JPEG, PNG and WebP are read, and only the first frame.
"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from appliance.errors import PaperError

MOST_BYTES = 32 * 1024 * 1024
MOST_PIXELS = 40_000_000
LARGE = 1200  # pixels of the longer side
SMALL = 400

_FORMATS = ("JPEG", "PNG", "WEBP")
_WHITE = (255, 255, 255)
# What Pillow's decoders raise on broken or hostile files.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, MemoryError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class Cover:
    """Two JPEG files of the same picture, for a drop's page and for lists."""

    large: bytes
    small: bytes
    width: int  # of the large one
    height: int


def check_bytes(length: int) -> None:
    """Before a cover of so many bytes is read: `doc-too-large` for one of more than 32 MiB."""
    if length > MOST_BYTES:
        raise PaperError("doc-too-large", f"The cover is larger than {MOST_BYTES >> 20} MiB: save it smaller.")


def reencode(picture: bytes) -> Cover:
    """The cover as JPEG of at most 1200 and 400 pixels. Same bytes in, same bytes out.

    Refuses more than 32 MiB (`doc-too-large`), what is not a JPEG, PNG or WebP file (`malformed`), and more than 40
    million pixels (`too-large`).
    """
    check_bytes(len(picture))
    upright = _upright(picture)
    large = _within(upright, LARGE)
    return Cover(_jpeg(large), _jpeg(_within(large, SMALL)), large.width, large.height)


def _upright(picture: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(BytesIO(picture), formats=_FORMATS) as opened:
            _check_size(opened)
            opened.draft("RGB", (LARGE, LARGE))  # a JPEG is decoded no larger than needed
            return _plain(ImageOps.exif_transpose(opened))
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except _BROKEN as error:
        raise PaperError("malformed", "The cover is not a whole JPEG, PNG or WebP picture: save it anew.") from error


def _check_size(opened: Image.Image) -> None:
    if opened.width * opened.height > MOST_PIXELS:
        raise _too_large()


def _too_large() -> PaperError:
    return PaperError(
        "too-large", f"The cover has more than {MOST_PIXELS // 1_000_000} million pixels: make it smaller."
    )


def _plain(picture: Image.Image) -> Image.Image:
    """The picture in RGB as a screen shows it: 8 bits, sRGB, on white where it is transparent."""
    if picture.mode.startswith("I"):  # 16 bits of grey, which convert() would clip
        return picture.convert("I").point(lambda value: value / 257).convert("L").convert("RGB")
    if picture.has_transparency_data:
        colours = picture.convert("RGBA")
        ground = Image.new("RGBA", colours.size, _WHITE)
        return _in_srgb(Image.alpha_composite(ground, colours).convert("RGB"), picture.info.get("icc_profile"))
    return _in_srgb(picture, picture.info.get("icc_profile")).convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile or picture.mode not in ("RGB", "CMYK", "L"):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # a broken profile: the colours are taken as they are
        return picture
    return converted or picture


def _within(picture: Image.Image, side: int) -> Image.Image:
    smaller = picture.copy()
    smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
    return smaller


def _jpeg(picture: Image.Image) -> bytes:
    plain = Image.new("RGB", picture.size, _WHITE)  # a new picture has no metadata that save() could copy
    plain.paste(picture)
    file = BytesIO()
    plain.save(file, "JPEG", quality=85, optimize=True, progressive=True)
    return file.getvalue()
