"""Light on a picture: gradients, clouds, glow, waves, grain. Knows nothing of harbours.

Every picture comes from a `random.Random` that the caller seeds: the same seed gives the same pixels.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageFilter, ImageOps

Colour = tuple[int, int, int]
Size = tuple[int, int]

BICUBIC = Image.Resampling.BICUBIC
# Enough for what is smooth already, and half the work.
BILINEAR = Image.Resampling.BILINEAR


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Colour between two: `a` at share 0, `b` at share 1."""
    r, g, b_ = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, b_


def gradient(size: Size, stops: Sequence[Colour]) -> Image.Image:
    """Colours from top to bottom, evenly spaced and eased between their stops."""
    height = max(len(stops) * 24, 96)
    column = Image.new("RGB", (1, height))
    for y in range(height):
        at = y / (height - 1) * (len(stops) - 1)
        index = min(int(at), len(stops) - 2)
        share = at - index
        column.putpixel((0, y), mix(stops[index], stops[index + 1], share * share * (3 - 2 * share)))
    return column.resize(size, BILINEAR)


def noise(rng: random.Random, size: Size, cells: tuple[int, int], octaves: int = 4) -> Image.Image:
    """Soft grey noise over the full range; `cells` is the grid of its largest forms."""
    across, down = cells
    layer: Image.Image | None = None
    for octave in range(octaves):
        grid = (max(2, across << octave), max(2, down << octave))
        form = Image.frombytes("L", grid, rng.randbytes(grid[0] * grid[1])).resize(size, BICUBIC)
        layer = form if layer is None else Image.blend(layer, form, 0.5 / (octave + 0.6))
    if layer is None:
        raise ValueError("octaves must be at least 1")
    return ImageOps.autocontrast(layer)


def ramp(layer: Image.Image, low: float, high: float, top: int = 255) -> Image.Image:
    """Grey values from `low` to `high` spread over 0 to `top`, clipped outside."""
    span = max(high - low, 1.0)
    return layer.point([round(min(max((v - low) / span, 0.0), 1.0) * top) for v in range(256)])


def fade(size: Size, top: int, bottom: int, bend: float = 1.0) -> Image.Image:
    """Grey from `top` to `bottom`; a bend over 1 keeps the upper value for longer."""
    column = Image.new("L", (1, 256))
    column.putdata([round(top + (bottom - top) * (y / 255) ** bend) for y in range(256)])
    return column.resize(size, BILINEAR)


def tint(mask: Image.Image, colour: Colour) -> Image.Image:
    """The colour as bright as the mask, on black."""
    return Image.merge("RGB", [mask.point([v * part // 255 for v in range(256)]) for part in colour])


def halo(size: Size, centre: tuple[float, float], radius: float, colour: Colour, bend: float = 2.0) -> Image.Image:
    """A round glow on black, brightest at its centre and gone at `radius`."""
    small = max(1, round(math.sqrt(size[0] * size[1]) / 300))
    spot = ImageOps.invert(Image.radial_gradient("L")).point(
        [round(255 * max(0.0, (v - 76) / 179) ** bend) for v in range(256)]
    )
    across = max(2, round(2 * radius / small))
    layer = Image.new("L", (size[0] // small + 1, size[1] // small + 1))
    corner = (round((centre[0] - radius) / small), round((centre[1] - radius) / small))
    layer.paste(spot.resize((across, across), BICUBIC), corner)
    return tint(layer, colour).resize(size, BILINEAR)


def bloom(lights: Image.Image) -> Image.Image:
    """The lights with the glow that a lens gives them, near and far."""
    glow: Image.Image | None = None
    for divisor, gain in ((32, 5.0), (12, 3.6), (4, 2.4)):
        ring = lights.reduce(divisor).filter(ImageFilter.GaussianBlur(2.6))
        ring = ring.point([min(255, round(v * gain)) for v in range(256)] * 3)
        glow = ring if glow is None else ImageChops.screen(ring, glow.resize(ring.size, BICUBIC))
    if glow is None:
        raise ValueError("there is no glow")
    return ImageChops.screen(lights, glow.resize(lights.size, BILINEAR))


def waves(rng: random.Random, size: Size, length: float) -> Image.Image:
    """Grey slopes of a water surface seen from its shore: fine at the top, large at the bottom.

    `length` is how long a wave is at the bottom, in pixels.
    """
    half = (size[0] // 2, size[1] // 2)
    layers = []
    for share in (1.0, 0.4):
        texture = ImageOps.autocontrast(noise(rng, (1024, 1024), (512, 512), 1).filter(ImageFilter.BoxBlur(0.6)))
        nearness = 14.0
        fall = half[1] / (nearness - 1)
        across = nearness / (length * share / 2)
        coefficients = (across, 512 / fall, 512 - across * half[0] / 2, 0.0, 0.0, 1020.0, 0.0, 1 / fall)
        layers.append(texture.transform(half, Image.Transform.PERSPECTIVE, coefficients, BICUBIC))
    return ImageOps.autocontrast(Image.blend(layers[0], layers[1], 0.4), cutoff=1).resize(size, BICUBIC)


_LEVELS = 6
_REST = 0.38
"""Share of the slopes that look nearer than the true mirror image does; the others look further off."""


def reach(roughness: float) -> float:
    """How much deeper than the water a mirror image must be for `ripple`."""
    return math.exp(_REST * roughness)


def ripple(mirrored: Image.Image, slopes: Image.Image, roughness: float) -> Image.Image:
    """A mirror image broken by waves: each slope looks at another height, further off the nearer it is.

    `mirrored` is as wide as `slopes` and deeper by the factor `reach(roughness)`.
    """
    width, depth = slopes.size
    broken: Image.Image | None = None
    for level in range(_LEVELS):
        scale = math.exp((level / (_LEVELS - 1) - _REST) * roughness)
        view = mirrored.resize((width, depth), BICUBIC, box=(0, 0, width, min(depth / scale, mirrored.height)))
        edge = 255 * (0.12 + 0.76 * level / _LEVELS)
        broken = view if broken is None else Image.composite(view, broken, ramp(slopes, edge - 14, edge + 14))
    if broken is None:
        raise ValueError("there is no wave")
    return broken


def develop(picture: Image.Image, rng: random.Random, grain: float) -> Image.Image:
    """The finished print: deeper contrast, darker corners, and the grain of colour film."""
    curve = [round(255 * (v / 255) ** 1.04 + 10 * math.sin((v / 255 - 0.5) * math.pi * 2)) for v in range(256)]
    picture = picture.point([min(255, max(0, v)) for v in curve] * 3)
    corners = Image.radial_gradient("L").point([round(255 * (1 - 0.34 * (v / 255) ** 2.4)) for v in range(256)])
    picture = ImageChops.multiply(picture, Image.merge("RGB", [corners.resize(picture.size, BILINEAR)] * 3))
    width, height = picture.size
    film = Image.merge("RGB", [_flakes(rng, (width, height)) for _ in range(3)])
    dark = film.point([round(max(0, 128 - v) * grain) for v in range(256)] * 3)
    bright = film.point([round(max(0, v - 128) * grain) for v in range(256)] * 3)
    return ImageChops.add(ImageChops.subtract(picture, dark), bright)


def _flakes(rng: random.Random, size: Size) -> Image.Image:
    one, other = (Image.frombytes("L", size, rng.randbytes(size[0] * size[1])) for _ in range(2))
    return Image.blend(one, other, 0.5)
