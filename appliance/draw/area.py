"""Rectangles of pixels, and how a layout divides them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """Whole pixels; `right` and `bottom` lie just outside, as in Pillow's boxes."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, size: tuple[int, int]) -> Area:
        return cls(0, 0, *size)

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def box(self) -> tuple[int, int, int, int]:
        return (self.left, self.top, self.right, self.bottom)

    def inset(self, x: int, y: int | None = None) -> Area:
        """Smaller by `x` left and right and by `y` (or `x`) above and below."""
        y = x if y is None else y
        return Area(self.left + x, self.top + y, self.right - x, self.bottom - y)

    def split_left(self, width: int, gap: int = 0) -> tuple[Area, Area]:
        """The first `width` columns, and what is left after a gap."""
        edge = self.left + width
        return (
            Area(self.left, self.top, edge, self.bottom),
            Area(edge + gap, self.top, self.right, self.bottom),
        )

    def split_top(self, height: int, gap: int = 0) -> tuple[Area, Area]:
        """The first `height` rows, and what is left after a gap."""
        edge = self.top + height
        return (
            Area(self.left, self.top, self.right, edge),
            Area(self.left, edge + gap, self.right, self.bottom),
        )

    def split_bottom(self, height: int, gap: int = 0) -> tuple[Area, Area]:
        """What is left above a gap, and the last `height` rows."""
        edge = self.bottom - height
        return (
            Area(self.left, self.top, self.right, edge - gap),
            Area(self.left, edge, self.right, self.bottom),
        )

    def columns(self, count: int, gap: int = 0) -> tuple[Area, ...]:
        """`count` equal columns from left to right; pixels that cannot be shared go to the gaps."""
        width = (self.width - gap * (count - 1)) // count
        step = (self.width - width) / (count - 1) if count > 1 else 0
        lefts = [self.left + round(step * place) for place in range(count)]
        return tuple(Area(left, self.top, left + width, self.bottom) for left in lefts)
