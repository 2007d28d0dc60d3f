"""The screen as PNG pictures for browsers: of any size, each drawn once however many look, and the newest alone.

Knows the board and how a frame is drawn. Who may look is not decided here.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image

from appliance.board import Board
from appliance.core.status import Status
from appliance.errors import StoreError
from appliance.screens.frames import Size, frame, next_change_ms

SMALLEST = (250, 122)
LARGEST = (1920, 1080)
KEPT = 4  # sizes
_PAUSE_S = 0.2  # from one picture of a stream to its next: a rush of sales needs the processor
_QUICKLY = 3  # zlib's level: a third of the time of the usual one, for a tenth more bytes

Draw = Callable[[Status, Size], Image.Image]


@dataclass(frozen=True, slots=True)
class Picture:
    """`tag` is the same for the same pixels; until CLOCK_BOOTTIME `until_ms` it is what `status` looks like."""

    png: bytes
    tag: str
    status: Status
    until_ms: int | None


class Pictures:
    """`now_ms` reads CLOCK_BOOTTIME. It belongs to the event loop's thread; `draw` is called in others."""

    def __init__(self, board: Board, now_ms: Callable[[], int], draw: Draw) -> None:
        self._board = board
        self._now_ms = now_ms
        self._draw = draw
        self._turn = asyncio.Lock()  # one drawing at a time: the other core is for sales
        self._kept: OrderedDict[Size, Picture] = OrderedDict()

    async def latest(self, size: Size) -> Picture:
        """The screen as it is now; `not-ready` while the box starts."""
        picture = self._known(size)
        if picture is None:
            async with self._turn:
                picture = self._known(size) or await self._drawn(size)
        return picture

    async def news(self, size: Size) -> AsyncGenerator[Picture, None]:
        """The screen as it is now, then each new picture; those that come while nobody asks are skipped."""
        await self._board.newer(None)
        tag = None
        while True:
            picture = await self.latest(size)
            if picture.tag != tag:
                tag = picture.tag
                yield picture
                await asyncio.sleep(_PAUSE_S)
            await self._until_change(picture)

    def _known(self, size: Size) -> Picture | None:
        picture = self._kept.get(size)
        if picture is None or picture.status is not self._board.latest or self._is_over(picture):
            return None
        self._kept.move_to_end(size)
        return picture

    async def _drawn(self, size: Size) -> Picture:
        status = self._board.latest
        if status is None:
            raise StoreError("not-ready", "The box is still starting and has no screen yet. Try again in a moment.")
        now = replace(status, boottime_ms=self._now_ms())
        png = await asyncio.to_thread(lambda: _png(self._draw(now, size)))
        picture = Picture(png, hashlib.sha256(png).hexdigest()[:16], status, next_change_ms(now, size, is_local=False))
        self._kept[size] = picture
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return picture

    async def _until_change(self, picture: Picture) -> None:
        left = None if picture.until_ms is None else max(_PAUSE_S, (picture.until_ms - self._now_ms()) / 1000)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self._board.newer(picture.status)

    def _is_over(self, picture: Picture) -> bool:
        return picture.until_ms is not None and self._now_ms() >= picture.until_ms


def drawing(cover: Callable[[Status], Image.Image | None]) -> Draw:
    """Draws as for any display that does not stand at the stall; `cover` gives a status's cover."""
    return lambda status, size: frame(status, size, "RGB", is_local=False, cover=cover(status))


def fitted(width: int, height: int) -> Size:
    """The size at which a browser window of so many pixels is drawn: its shape, within what a screen can be."""
    scale = min(1.0, LARGEST[0] / width, LARGEST[1] / height)
    return max(SMALLEST[0], round(width * scale)), max(SMALLEST[1], round(height * scale))


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", compress_level=_QUICKLY)
    return out.getvalue()
