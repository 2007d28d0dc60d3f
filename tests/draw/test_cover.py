"""Covers: whatever a creator hands in, buyers get a small clean JPEG or the creator gets a sentence."""

from __future__ import annotations

import contextlib
import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.draw.cover import MOST_BYTES, reencode
from appliance.errors import PaperError


def picture(kind: str, size: tuple[int, int] = (1600, 800), mode: str = "RGB", **options: object) -> bytes:
    """A red picture whose left half is blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 2, size[1]))
    file = BytesIO()
    image.convert(mode).save(file, kind, **options)
    return file.getvalue()


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(BytesIO(jpeg), formats=("JPEG",))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_cover_becomes_two_jpegs(kind: str) -> None:
    """JPEG, PNG and WebP are taken; the longer side ends at 1200 and 400 pixels."""
    cover = reencode(picture(kind))
    assert opened(cover.large).size == (cover.width, cover.height) == (1200, 600)
    assert opened(cover.small).size == (400, 200)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA", "I;16"])
def test_every_kind_of_colour_is_taken(mode: str) -> None:
    """Grey, palette, print and transparent pictures all become RGB."""
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(reencode(picture(kind, (90, 60), "L" if mode == "I;16" else mode)).large).mode == "RGB"


def test_sixteen_bits_of_grey_keep_their_shade() -> None:
    """A 16-bit scan is not clipped to white."""
    file = BytesIO()
    Image.new("I;16", (40, 40), 32768).save(file, "PNG")
    shade = opened(reencode(file.getvalue()).large).getpixel((20, 20))
    assert all(abs(value - 128) < 6 for value in shade)


def test_a_small_cover_is_not_blown_up() -> None:
    """A picture is never enlarged."""
    assert opened(reencode(picture("PNG", (90, 60))).large).size == (90, 60)


def test_what_is_transparent_becomes_white() -> None:
    """Pages are white, and so is the ground of a cut-out cover."""
    file = BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(file, "PNG")
    assert opened(reencode(file.getvalue()).large).getpixel((25, 25)) == (255, 255, 255)


def test_the_camera_s_rotation_is_applied() -> None:
    """A portrait photo that was stored lying stands upright, without the tag that said so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    large = opened(reencode(picture("JPEG", (160, 80), exif=exif)).large)
    assert large.size == (80, 160)
    assert not large.getexif()


def test_no_metadata_reaches_buyers() -> None:
    """Neither place nor camera nor comment nor colour profile of the original is served."""
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    cover = reencode(picture("JPEG", exif=exif, comment=b"SECRET-COMMENT", icc_profile=b"SECRET-PROFILE" * 20))
    for jpeg in (cover.large, cover.small):
        assert b"SECRET" not in jpeg
        assert not {"exif", "comment", "icc_profile"} & set(opened(jpeg).info)


def test_only_the_first_frame_of_an_animation_is_shown() -> None:
    """An animated cover is its first frame."""
    file = BytesIO()
    first, second = Image.new("RGB", (60, 60), "red"), Image.new("RGB", (60, 60), "blue")
    first.save(file, "WEBP", save_all=True, append_images=[second], duration=100, lossless=True)
    red, _, blue = opened(reencode(file.getvalue()).large).getpixel((30, 30))
    assert red > 200 > blue


def test_the_same_picture_gives_the_same_bytes() -> None:
    """A cover's digest does not change with the day."""
    assert reencode(picture("PNG")) == reencode(picture("PNG"))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be `width` x `height` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8000, 6000), (10_000, 10_000), (60_000, 60_000)])
def test_a_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    """More than 40 million pixels are refused by the header alone."""
    with pytest.raises(PaperError, match="40 million pixels") as refusal:
        reencode(bomb(*size))
    assert refusal.value.code == "too-large"


def test_too_many_bytes() -> None:
    """A file of more than 32 MiB is not even looked at."""
    with pytest.raises(PaperError, match="larger than 32 MiB") as refusal:
        reencode(bytes(MOST_BYTES + 1))
    assert refusal.value.code == "doc-too-large"


def bmp() -> bytes:
    return picture("BMP", (40, 40))


@pytest.mark.parametrize(
    "junk",
    [b"", b"junk", b"<svg xmlns='http://www.w3.org/2000/svg'/>", bmp(), picture("GIF", (40, 40)), bomb(40, 40)],
    ids=["empty", "text", "svg", "bmp", "gif", "no pixels"],
)
def test_junk_gets_a_sentence(junk: bytes) -> None:
    """What is not a whole picture of the three kinds is refused and says so."""
    with pytest.raises(PaperError, match="JPEG, PNG or WebP") as refusal:
        reencode(junk)
    assert refusal.value.code == "malformed"


SMALL = {kind: picture(kind, (48, 32)) for kind in ("JPEG", "PNG", "WEBP")}


@settings(max_examples=150)
@given(st.sampled_from(sorted(SMALL)), st.data())
def test_a_damaged_picture_is_drawn_or_refused(kind: str, data: st.DataObject) -> None:
    """No damage ends in anything but a cover or a PaperError."""
    whole = SMALL[kind]
    cut = data.draw(st.integers(0, len(whole)))
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = bytearray(whole)
    damaged[place] ^= data.draw(st.integers(1, 255))
    for broken in (whole[:cut], bytes(damaged)):
        with contextlib.suppress(PaperError):
            reencode(broken)
