"""The screen in a browser: one picture, and the page that is told of each new one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO

import pytest
from aiohttp import ClientResponse
from PIL import Image

from appliance.board import Board
from appliance.core.sale import Order
from appliance.core.scene import Invitation
from appliance.core.status import Status
from appliance.errors import StallboxError
from appliance.screens.frames import Size
from appliance.web.pictures import KEPT, Pictures, fitted
from tests.box import CARD
from tests.screens.samples import CLAIMS, STATUS
from tests.web.clients import PERSON, PROGRAM
from tests.web.served import Box


async def post_status(box: Box) -> None:
    box.board.post(await box.stall.stock.status())


async def picture(box: Box, query: str = "") -> Image.Image:
    async with box.client.get(f"{box.shop}/screen.png{query}") as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
        return Image.open(BytesIO(await answer.read()))


class Listener:
    """Reads the events of one stream."""

    def __init__(self, answer: ClientResponse) -> None:
        self._answer = answer

    async def next(self) -> tuple[str, str]:
        """Name and data of the next event."""
        async with asyncio.timeout(5):
            name = (await self._answer.content.readline()).decode().removeprefix("event: ").strip()
            data = (await self._answer.content.readline()).decode().removeprefix("data: ").strip()
            assert await self._answer.content.readline() == b"\n"
        return name, data


@contextlib.asynccontextmanager
async def listening(box: Box, query: str = "") -> AsyncIterator[Listener]:
    async with box.client.get(f"{box.shop}/display/news{query}") as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        yield Listener(answer)


class TestPicture:
    async def test_of_any_size(self, box: Box) -> None:
        """The picture has the asked size, 800 by 480 where none is asked."""
        await post_status(box)
        assert (await picture(box)).size == (800, 480)
        assert (await picture(box, "?width=1280&height=720")).size == (1280, 720)

    async def test_while_the_box_starts(self, box: Box) -> None:
        """Before the first status there is no screen: 503 with a sentence."""
        async with box.client.get(f"{box.shop}/screen.png", headers=PROGRAM) as answer:
            assert (answer.status, (await answer.json())["code"]) == (503, "not-ready")

    @pytest.mark.parametrize("query", ["?width=wide", "?height=0", "?width=-1", "?width=999999", "?height=٣"])
    async def test_sizes_that_are_none(self, box: Box, query: str) -> None:
        """A size that is none is refused with what one looks like."""
        await post_status(box)
        async with box.client.get(f"{box.shop}/screen.png{query}", headers=PROGRAM) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "bad-request")

    async def test_shows_the_sale(self, box: Box) -> None:
        """What is sold is on the next picture."""
        await post_status(box)
        before = (await picture(box)).tobytes()
        await box.stall.seller.sell(Order("harbour-lights"))
        await post_status(box)
        assert (await picture(box)).tobytes() != before

    async def test_never_shows_the_code_that_pairs(self, box: Box) -> None:
        """A phone is paired in front of the box: what pairs it is for local displays alone."""
        await post_status(box)
        before = (await picture(box)).tobytes()
        soon = box.stall.house.now().boottime_ms + 100_000
        box.board.change(invitation=Invitation("HTTPS://10.42.0.1:8443/CONSOLE/PAIR/7KQ2M3VD9XWT0000", soon))
        assert (await picture(box)).tobytes() == before


@pytest.mark.parametrize(
    ("window", "drawn"),
    [
        ((800, 480), (800, 480)),
        ((3840, 2160), (1920, 1080)),
        ((1170, 2532), (499, 1080)),
        ((100, 50), (250, 122)),
        ((99999, 1), (1920, 122)),
    ],
)
def test_sizes(window: Size, drawn: Size) -> None:
    """A window is drawn in its own shape, from the smallest panel's size up to a large monitor's."""
    assert fitted(*window) == drawn


class TestPage:
    async def test_the_page(self, box: Box) -> None:
        """The page shows a picture without a script; with one it may listen to its stream, and to nothing else."""
        async with box.client.get(f"{box.shop}/display", headers=PERSON) as answer:
            text, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert 'src="/screen.png?width=800&amp;height=480"' in text
        assert '<noscript><meta http-equiv="refresh"' in text
        assert "connect-src 'self'" in policy
        assert "script-src 'self';" in policy

    @pytest.mark.parametrize("path", ["/display/news", "/screen.png"])
    async def test_paired_browsers_alone(self, box: Box, path: str) -> None:
        """A browser that is not paired is told nothing; a paired one is."""
        await post_status(box)
        async with box.client.get(box.console + path, headers=PROGRAM) as answer:
            assert answer.status == 403
        secret = (await box.stall.phones.pair(CARD, "screen", "here")).secret
        async with box.client.get(box.console + path, headers={"Cookie": f"__Host-stallbox={secret}"}) as answer:
            assert answer.status == 200


class TestNews:
    async def test_each_new_picture(self, box: Box) -> None:
        """The page is told of the picture as it is, and of the next one as soon as something was sold."""
        await post_status(box)
        async with listening(box) as listener:
            name, first = await listener.next()
            await box.stall.seller.sell(Order("harbour-lights"))
            await post_status(box)
            assert name == "frame"
            assert (await listener.next())[1] != first

    async def test_the_same_pixels_are_no_news(self, box: Box) -> None:
        """A status that looks the same is not told."""
        await post_status(box)
        async with listening(box) as listener:
            _, first = await listener.next()
            for _ in range(3):
                await post_status(box)
            await box.stall.seller.sell(Order("harbour-lights"))
            await post_status(box)
            assert (await listener.next())[1] != first

    async def test_a_box_that_has_no_screen_yet(self, box: Box) -> None:
        """A page that opens while the box starts gets the first picture when there is one."""
        async with listening(box) as listener:
            await post_status(box)
            assert (await listener.next())[0] == "frame"


class Draws:
    """Counts what is drawn, in whose place."""

    def __init__(self) -> None:
        self.sizes: list[Size] = []

    def __call__(self, status: Status, size: Size) -> Image.Image:
        self.sizes.append(size)
        return Image.new("L", size, status.size % 256)


class TestPictures:
    def _pictures(self, draws: Draws, now: int = 0) -> tuple[Pictures, Board]:
        board = Board()
        return Pictures(board, lambda: now, draws), board

    async def test_drawn_once_for_all_who_look(self) -> None:
        """Many browsers of one size cost one drawing for each status."""
        draws = Draws()
        pictures, board = self._pictures(draws)
        for size in (1, 2):
            board.post(replace(STATUS, size=size))
            found = await asyncio.gather(*(pictures.latest((800, 480)) for _ in range(20)))
            assert len({picture.tag for picture in found}) == 1
        assert len(draws.sizes) == 2

    async def test_few_sizes_are_kept(self) -> None:
        """A window that changes its size all the time does not fill the memory; the size in use stays known."""
        draws = Draws()
        pictures, board = self._pictures(draws)
        board.post(STATUS)
        for width in range(300, 300 + 3 * KEPT):
            await pictures.latest((800, 480))
            await pictures.latest((width, 200))
        assert draws.sizes.count((800, 480)) == 1
        await pictures.latest((300, 200))
        assert draws.sizes.count((300, 200)) == 2

    async def test_time_alone_changes_the_picture(self) -> None:
        """A picture with a claim is drawn anew when the claim's time on the screen is over."""
        now = [0]
        draws, board = Draws(), Board()
        pictures = Pictures(board, lambda: now[0], draws)
        board.post(replace(STATUS, waiting=CLAIMS[:1]))
        await pictures.latest((800, 480))
        now[0] = CLAIMS[0].until_ms
        await pictures.latest((800, 480))
        assert len(draws.sizes) == 2

    async def test_a_slow_viewer_skips_to_the_newest(self) -> None:
        """Pictures that come while a viewer is busy are skipped but for the last, and others do not wait for it."""
        pictures, board = self._pictures(Draws())
        board.post(replace(STATUS, size=0))
        slow, quick = pictures.news((300, 200)), pictures.news((300, 200))
        assert (await anext(slow)).status.size == 0
        for size in (1, 2, 3):
            board.post(replace(STATUS, size=size))
            assert (await anext(quick)).status.size == size
        assert (await anext(slow)).status.size == 3
        await slow.aclose()
        await quick.aclose()

    async def test_no_status(self) -> None:
        """Nothing to draw is said so."""
        pictures, _ = self._pictures(Draws())
        with pytest.raises(StallboxError, match="still starting"):
            await pictures.latest((800, 480))
