"""A picture that is being drawn, for 1-bit panels and for colour alike: words, QR codes, rules, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PIL import Image, ImageDraw

from appliance.draw import qr
from appliance.draw import text as type_
from appliance.draw.area import Area
from appliance.draw.column import SMALLEST, Line, Words, column

Mode = Literal["1", "RGB"]
Ink = int | tuple[int, int, int]


class Canvas:
    """Black on white in `size` pixels; in mode `1` without any grey."""

    def __init__(self, size: tuple[int, int], mode: Mode) -> None:
        self.image = Image.new(mode, size, 1 if mode == "1" else (255, 255, 255))
        self.area = Area.of(size)
        self.black: Ink = 0 if mode == "1" else (0, 0, 0)
        self.white: Ink = 1 if mode == "1" else (255, 255, 255)
        self.soft: Ink = 0 if mode == "1" else (90, 90, 90)
        self._draw = ImageDraw.Draw(self.image)
        self._draw.fontmode = "1" if mode == "1" else "L"

    def line(self, line: Line, ink: Ink | None = None) -> None:
        """One line of words at its place."""
        fill = ink if ink is not None else self.soft if line.soft else self.black
        self._draw.text((line.x, line.y), line.text, font=type_.font(line.size, bold=line.bold), fill=fill, anchor="ls")

    def column(
        self,
        area: Area,
        paragraphs: Sequence[Words],
        *,
        largest: int,
        smallest: int = SMALLEST,
        across: float = 0.0,
        down: float = 0.5,
        ink: Ink | None = None,
    ) -> None:
        """`paragraphs` as `column.column` places them."""
        for line in column(area, paragraphs, largest=largest, smallest=smallest, across=across, down=down):
            self.line(line, ink)

    def qr(self, area: Area, content: str) -> bool:
        """The largest code of `content` that fits, in the middle of `area`. False, and nothing drawn, if none does."""
        module = qr.pixels_per_module(content, min(area.width, area.height))
        if module is None:
            return False
        code = qr.image(content, module)
        left, top = area.left + (area.width - code.width) // 2, area.top + (area.height - code.height) // 2
        self.picture(Area(left, top, left + code.width, top + code.height), code)
        return True

    def flush_qr(self, area: Area, content: str, *, down: float = 0.0) -> None:
        """The code with its dark modules flush with the left of `area`; the quiet zone hangs out over the white around.

        `down` 0 sets it to the top of `area`, 1 to the bottom. `area` is for print: large enough for any code.
        """
        modules = qr.side(content) - 2 * qr.QUIET
        module = min(area.width, area.height) // modules
        hang = qr.QUIET * module
        top = area.top + round((area.height - modules * module) * down)
        self.image.paste(qr.image(content, module), (area.left - hang, top - hang))

    def rule(self, area: Area, ink: Ink | None = None) -> None:
        """A filled rectangle; a line where it is thin."""
        self._draw.rectangle(
            (area.left, area.top, area.right - 1, area.bottom - 1), fill=self.black if ink is None else ink
        )

    def frame(self, area: Area, thick: int, ink: Ink | None = None) -> None:
        """An outline just inside `area`, `thick` pixels."""
        box = (area.left, area.top, area.right - 1, area.bottom - 1)
        self._draw.rectangle(box, outline=self.black if ink is None else ink, width=thick)

    def disc(self, area: Area, ink: Ink | None = None) -> None:
        """A filled circle, or an ellipse, as large as `area`."""
        self._draw.ellipse(
            (area.left, area.top, area.right - 1, area.bottom - 1), fill=self.black if ink is None else ink
        )

    def picture(self, area: Area, picture: Image.Image) -> None:
        """`picture`, which is as large as `area`, at its place."""
        self.image.paste(picture, (area.left, area.top))
