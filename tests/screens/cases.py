"""Every page that is compared with its golden image: the product's examples, and what else a page can say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from PIL import Image, ImageDraw

from appliance.core.scene import Scene, Stick, StickDoing
from appliance.core.status import Status
from appliance.draw.canvas import Canvas
from appliance.screens.examples import EXAMPLES
from appliance.screens.frames import draw_on
from appliance.screens.pages import Page, Turn
from tests.screens.samples import NOTE, SEVERAL

Mode = Literal["1", "RGB"]
PANELS: tuple[tuple[tuple[int, int], Mode], ...] = (
    ((250, 122), "1"),
    ((400, 300), "1"),
    ((800, 480), "RGB"),
    ((1920, 1080), "RGB"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A page with what it shows."""

    page: Page
    status: Status
    has_cover: bool = False

    def draw(self, size: tuple[int, int], mode: Mode) -> Image.Image:
        return self.draw_on(Canvas(size, mode))

    def draw_on(self, canvas: Canvas) -> Image.Image:
        draw_on(canvas, Turn(self.page), self.status, cover() if self.has_cover else None)
        return canvas.image


def cover() -> Image.Image:
    """A picture of lights over a harbour, in few colours."""
    picture = Image.new("RGB", (400, 400), (38, 52, 84))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 150, 400, 400), fill=(196, 112, 92))
    pen.ellipse((240, 130, 340, 230), fill=(250, 224, 160))
    pen.rectangle((0, 240, 400, 400), fill=(20, 30, 52))
    for step in range(4):
        pen.rectangle((262 - 12 * step, 262 + 30 * step, 318 + 12 * step, 270 + 30 * step), fill=(250, 224, 160))
    return picture


def _stick(doing: StickDoing, text: str, done: int = 0, total: int = 0) -> Case:
    return Case(Page.STICK, replace(EXAMPLES[Page.STICK], scene=Scene(stick=Stick(doing, text, done, total))))


def _case(page: Page, **changes: object) -> Case:
    return Case(page, replace(EXAMPLES[page], **changes))  # type: ignore[arg-type]


CASES: dict[str, Case] = {page.value: Case(page, status) for page, status in EXAMPLES.items()} | {
    "boot-plain": _case(Page.BOOT, scene=Scene()),
    "shop-cover": replace(_case(Page.SHOP), has_cover=True),
    "shop-several": Case(Page.SHOP, replace(SEVERAL, faults=(NOTE,))),
    "both-cover": replace(_case(Page.BOTH), has_cover=True),
    "both-several": Case(Page.BOTH, replace(SEVERAL, join=EXAMPLES[Page.BOTH].join)),
    "claim": _case(Page.CLAIMS, waiting=EXAMPLES[Page.CLAIMS].waiting[:1]),
    "stick-unknown": _stick(StickDoing.READING, ""),
    "stick-writing": _stick(StickDoing.WRITING, "212 entries", 3_100_000, 4_200_000),
    "stick-refused": _stick(
        StickDoing.REFUSED,
        "harbour-lights-v2.drop is signed by somebody whom this stall does not know: ask Ana Reyes for a new one.",
    ),
    "stick-failed": _stick(
        StickDoing.FAILED, "It was pulled out too early. Nothing is lost: put it in again, and leave it in."
    ),
    "stick-safe": _stick(StickDoing.SAFE, "212 entries are on the stick. You may pull it out."),
    "stick-nothing": _stick(StickDoing.NOTHING, "No bundle and no paper for Stall 7 is on the stick."),
}
