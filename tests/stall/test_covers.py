"""The cover for the screen's page: read once, and a page without it where it cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import BinaryIO

from PIL import Image

from appliance.core.status import Status
from appliance.errors import StoreError
from appliance.stall.covers import LARGEST, Covers
from tests.screens.samples import STATUS


@dataclass
class Shelf:
    files: dict[str, bytes]
    read: list[str] = field(default_factory=list)

    def open(self, digest: str) -> BinaryIO:
        self.read.append(digest)
        if digest not in self.files:
            raise StoreError("not-ready", "A file of this drop cannot be read.")
        return BytesIO(self.files[digest])


def jpeg(size: tuple[int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, "JPEG")
    return out.getvalue()


def with_cover(digest: str | None) -> Status:
    (drop,) = STATUS.drops
    return replace(STATUS, drops=(replace(drop, cover=digest),))


def test_it_is_read_once() -> None:
    """Frame after frame has the same picture, no larger than a page needs; another drop's is read anew."""
    shelf = Shelf({"a": jpeg((1200, 900)), "b": jpeg((40, 40))})
    covers = Covers(shelf.open)
    picture = covers.of(with_cover("a"))
    assert picture is not None
    assert picture.size == (LARGEST, 600)
    assert covers.of(with_cover("a")) is picture
    assert covers.of(with_cover("b")) is not None
    assert shelf.read == ["a", "b"]


def test_a_page_goes_without_it() -> None:
    """Where there is none, where the shelf has lost it, and where it is no picture any more; asked for once."""
    shelf = Shelf({"broken": b"\xff\xd8\xff"})
    covers = Covers(shelf.open)
    for digest in (None, "lost", "lost", "broken", "broken", None):
        assert covers.of(with_cover(digest)) is None
    assert shelf.read == ["lost", "broken"]
