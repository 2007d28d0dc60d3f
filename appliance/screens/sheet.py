"""The page before anything is on it: margins that suit its size, a line at its foot, room for a code and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.draw.area import Area
from appliance.draw.canvas import Canvas, Ink
from appliance.draw.column import SMALLEST, Words
from appliance.draw.text import width

_ROOM_FOR_FOOT = 200  # pixels of height


@dataclass(frozen=True, slots=True)
class Sheet:
    """A canvas, its area above the foot, the same within margins, and the words that found no foot to stand in."""

    canvas: Canvas
    outer: Area  # for QR codes, which bring their own margin
    body: Area
    margin: int
    footless: str

    @classmethod
    def on(cls, canvas: Canvas, left: str = "", right: str = "") -> Sheet:
        """An empty page with `left` and `right` at its foot where there is room."""
        size = canvas.image.size
        margin = margin_of(size)
        outer = outer_area(size)
        if outer == canvas.area:
            return cls(canvas, outer, outer.inset(margin), margin, left)
        if left or right:
            foot = Area(margin, outer.bottom, size[0] - margin, size[1])
            _draw_foot(canvas, foot, margin, left, right)
        return cls(canvas, outer, outer.inset(margin), margin, "")

    @property
    def wide(self) -> bool:
        """Whether a picture and its words stand side by side."""
        return self.body.width >= self.body.height * 1.15

    @property
    def headline(self) -> int:
        """The largest base size that still looks quiet on this sheet, in pixels."""
        lines = 7 if self.small else 10
        return max(self.smallest, min(self.body.width // 14, self.body.height // lines))

    @property
    def smallest(self) -> int:
        """Words are never smaller, in pixels: what an arm's length allows, on e-ink and on a monitor of any size."""
        return _smallest(self.canvas.image.size)

    def column(
        self,
        area: Area,
        paragraphs: Sequence[Words],
        *,
        largest: int,
        across: float = 0.0,
        down: float = 0.5,
        ink: Ink | None = None,
    ) -> None:
        """`paragraphs` in `area`, as `draw.column` places them."""
        self.canvas.column(area, paragraphs, largest=largest, smallest=self.smallest, across=across, down=down, ink=ink)

    @property
    def small(self) -> bool:
        """Whether there is room for a few short lines only."""
        return self.canvas.area.height < _ROOM_FOR_FOOT

    def halves(self, share: float = 0.5) -> tuple[Area, Area]:
        """A square for a QR code, at most `share` of the longer side, and the area for its words."""
        if self.wide:
            square = min(self.outer.height, round(self.outer.width * share))
            picture = self.outer.split_left(square)[0]
            return picture, Area(picture.right, self.body.top, self.body.right, self.body.bottom)
        square = min(self.outer.width, round(self.outer.height * share))
        picture = self.outer.split_top(square)[0]
        return picture, Area(self.body.left, picture.bottom + self.margin // 2, self.body.right, self.body.bottom)

    @property
    def down(self) -> float:
        """Where words stand beside (in the middle) or below (at the top of) their picture."""
        return 0.5 if self.wide else 0.15


def outer_area(size: tuple[int, int]) -> Area:
    """What a page of this size has above its foot."""
    area = Area.of(size)
    return area if area.height < _ROOM_FOR_FOOT else area.split_bottom(_foot_height(size) + margin_of(size))[0]


def margin_of(size: tuple[int, int]) -> int:
    """What stays white around words, in pixels."""
    return max(4, min(size) // 24)


def _smallest(size: tuple[int, int]) -> int:
    return max(SMALLEST, min(size) // 36)


def _foot_size(size: tuple[int, int]) -> int:
    return max(_smallest(size), min(size[0] // 50, size[1] // 28))


def _foot_height(size: tuple[int, int]) -> int:
    return round(_foot_size(size) * 1.7)


def _draw_foot(canvas: Canvas, foot: Area, margin: int, left: str, right: str) -> None:
    size = _foot_size(canvas.image.size)
    canvas.rule(foot.split_top(max(1, size // 16))[0], canvas.soft)
    words = foot.split_top(margin // 2)[1]
    name = min(words.width // 3, margin + width(right, size))
    statement, owner = words.split_left(words.width - name, margin)
    _line(canvas, statement, left, size, 0.0)
    _line(canvas, owner, right, size, 1.0)


def _line(canvas: Canvas, area: Area, text: str, size: int, across: float) -> None:
    canvas.column(area, [Words(text, soft=True)], largest=size, smallest=size, across=across)
