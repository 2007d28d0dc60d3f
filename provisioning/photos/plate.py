"""A plate: what stands at one distance in a picture, as a silhouette and as the lights on it.

Coordinates are in hundredths of the picture's height, the waterline at 0 and up positive, x from the left edge:
a plate looks the same at any size. It knows neither sky nor water.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw

from provisioning.photos.darkroom import Colour, Size

Point = tuple[float, float]

WARM: Colour = (255, 186, 104)
WHITE: Colour = (255, 236, 208)
COOL: Colour = (190, 222, 255)
RED: Colour = (255, 62, 48)
GREEN: Colour = (70, 255, 168)

# Silhouettes are drawn this much larger, for smooth edges of thin lines.
_FINE = 2


class Plate:
    """Draws into a mask (`mask()`) and onto black (`lights`)."""

    def __init__(self, size: Size, base: float) -> None:
        """`base` is where the waterline lies, in hundredths of the height from the top."""
        self.width, self.height = size
        self.unit = self.height / 100
        self.base = base * self.unit
        self.across = self.width / self.unit
        self.lights = Image.new("RGB", size)
        self._lamps = ImageDraw.Draw(self.lights)
        self._large = Image.new("L", (self.width * _FINE, self.height * _FINE))
        self._shape = ImageDraw.Draw(self._large)

    def mask(self) -> Image.Image:
        return self._large.reduce(_FINE)

    def _at(self, point: Point, scale: float = 1.0) -> Point:
        return point[0] * self.unit * scale, (self.base - point[1] * self.unit) * scale

    def shape(self, points: Iterable[Point]) -> None:
        self._shape.polygon([self._at(point, _FINE) for point in points], fill=255)

    def box(self, left: float, low: float, right: float, high: float) -> None:
        self.shape([(left, low), (left, high), (right, high), (right, low)])

    def line(self, points: Sequence[Point], width: float) -> None:
        drawn = max(1, round(width * self.unit * _FINE))
        self._shape.line([self._at(point, _FINE) for point in points], fill=255, width=drawn, joint="curve")

    def disc(self, centre: Point, radius: float) -> None:
        x, y = self._at(centre, _FINE)
        r = radius * self.unit * _FINE
        self._shape.ellipse((x - r, y - r, x + r, y + r), fill=255)

    def lamp(self, centre: Point, radius: float, colour: Colour) -> None:
        x, y = self._at(centre)
        r = max(0.8, radius * self.unit)
        self._lamps.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def window(self, left: float, low: float, right: float, high: float, colour: Colour) -> None:
        x0, y0 = self._at((left, high))
        x1, y1 = self._at((right, low))
        self._lamps.rectangle((x0, y0, max(x0, x1), max(y0, y1)), fill=colour)

    def ray(self, points: Iterable[Point], colour: Colour) -> None:
        self._lamps.polygon([self._at(point) for point in points], fill=colour)
