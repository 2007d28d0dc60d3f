"""All pages on one picture, each on a panel of 800x480, and one page on panels of every size."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw

from appliance.draw.text import font
from tests.screens.cases import CASES, Case, Mode

PAPER, BEZEL, INK, SOFT = (243, 240, 233), (34, 34, 36), (24, 24, 26), (112, 108, 102)
MARGIN, GAP, EDGE = 64, 44, 12
COLUMNS, PANEL, CAPTION = 3, (400, 240), 88
COLOURS = 256


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A page with what it is called and when it is there."""

    case: str
    title: str
    when: str


SECTIONS: tuple[tuple[str, tuple[Exhibit, ...]], ...] = (
    (
        "What buyers see",
        (
            Exhibit("both-cover", "Both", "the way in and the shop, where there is room for two codes"),
            Exhibit("join", "Join", "else first the network …"),
            Exhibit("shop-cover", "Shop", "… and then the shop, in turn"),
            Exhibit("shop-several", "Shop", "with several drops, and a line for the stall owner"),
            Exhibit("claims", "Claims", "at once after a sale: the last three"),
            Exhibit("claim", "Claim", "one buyer alone gets a large code"),
            Exhibit("pay", "Pay", "for web checkout, over the phone’s own internet"),
            Exhibit("sold-out", "Sold out", "buyers still get to their downloads"),
            Exhibit("closed", "Closed", "after the day was closed"),
        ),
    ),
    (
        "What the stall owner sees",
        (
            Exhibit("fault", "Fault", "nothing can be sold: what to do"),
            Exhibit("mirror", "Mirror", "each sale must reach the mirror stick, and it is gone"),
            Exhibit("empty", "Empty", "a new box, before its first drop"),
            Exhibit("owed", "Owed", "now and then, while somebody paid and got nothing"),
            Exhibit("clock", "Clock", "now and then, while the time is in doubt"),
            Exhibit("not-synced", "Not synced", "now and then, after a day"),
            Exhibit("stick", "Stick", "while it is read"),
            Exhibit("stick-refused", "Stick", "refused, and why"),
            Exhibit("stick-safe", "Stick", "it may be pulled out"),
            Exhibit("answer", "Answer", "for some seconds, after a button was pressed"),
            Exhibit("pairing", "Pairing", "on displays at the stall alone"),
            Exhibit("test", "Test", "whether all pixels of a display are to be seen"),
        ),
    ),
    (
        "How the day begins and ends",
        (
            Exhibit("boot", "Boot", "from power on until the stall is open"),
            Exhibit("stopping", "Switching off", "downloads get their last seconds"),
            Exhibit("goodbye", "Goodbye", "stays on e-paper without power"),
        ),
    ),
)
SIZES: tuple[tuple[tuple[int, int], Mode, str], ...] = (
    ((250, 122), "1", "2.13-inch e-paper"),
    ((296, 128), "1", "2.9-inch"),
    ((400, 300), "1", "4.2-inch"),
    ((480, 800), "1", "7.5-inch, upright"),
    ((1920, 1080), "RGB", "a monitor"),
)
SHOWN_AT = ((250, 122), (296, 128), (200, 150), (192, 320), (486, 273))


def draw() -> Image.Image:
    """The sheet, in few colours."""
    width = 2 * MARGIN + COLUMNS * (PANEL[0] + 2 * EDGE) + (COLUMNS - 1) * GAP
    sheet = _Sheet(width, 6000)
    sheet.heading("The screen of a stall, page by page", 46)
    for title, exhibits in SECTIONS:
        sheet.heading(title, 28)
        for start in range(0, len(exhibits), COLUMNS):
            sheet.row(exhibits[start : start + COLUMNS])
    sheet.heading("One page on every display", 28)
    sheet.sizes(CASES["claims"])
    return sheet.cut().quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


class _Sheet:
    """Filled from the top."""

    def __init__(self, width: int, height: int) -> None:
        self._image = Image.new("RGB", (width, height), PAPER)
        self._pen = ImageDraw.Draw(self._image)
        self._y = MARGIN

    def heading(self, text: str, size: int) -> None:
        self._pen.text((MARGIN, self._y), text, font=font(size, bold=True), fill=INK)
        self._y += round(size * 1.4) + GAP // 2

    def row(self, exhibits: tuple[Exhibit, ...]) -> None:
        for place, exhibit in enumerate(exhibits):
            x = MARGIN + place * (PANEL[0] + 2 * EDGE + GAP)
            frame = CASES[exhibit.case].draw((800, 480), "RGB").resize(PANEL, Image.Resampling.LANCZOS)
            self._panel(frame, x, self._y)
            below = self._y + PANEL[1] + 2 * EDGE + 10
            self._pen.text((x, below), exhibit.title, font=font(18, bold=True), fill=INK)
            self._pen.text((x, below + 25), exhibit.when, font=font(15), fill=SOFT)
        self._y += PANEL[1] + 2 * EDGE + CAPTION

    def sizes(self, case: Case) -> None:
        """Small panels above each other at the left, then the tall and the wide one."""
        x, top = MARGIN, self._y
        places = ((x, top), (x, top + 204), (x + 350, top), (x + 600, top), (x + 850, top))
        for (size, mode, called), shown, place in zip(SIZES, SHOWN_AT, places, strict=True):
            frame = case.draw(size, mode).convert("RGB")
            self._panel(frame if size == shown else frame.resize(shown, Image.Resampling.LANCZOS), *place)
            below = place[1] + shown[1] + 2 * EDGE + 8
            self._pen.text((place[0], below), f"{called}, {size[0]}×{size[1]}", font=font(15), fill=SOFT)
        self._y += 320 + 2 * EDGE + 44

    def cut(self) -> Image.Image:
        return self._image.crop((0, 0, self._image.width, self._y + MARGIN // 2))

    def _panel(self, frame: Image.Image, x: int, y: int) -> None:
        box = (x, y, x + frame.width + 2 * EDGE - 1, y + frame.height + 2 * EDGE - 1)
        self._pen.rounded_rectangle(box, radius=EDGE, fill=BEZEL)
        self._image.paste(frame, (x + EDGE, y + EDGE))
