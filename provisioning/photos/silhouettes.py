"""What stands in a harbour at night: each function draws one thing, or a row of them, on a plate.

`at`, `left` and `right` are shares of the picture's width; other lengths are the plate's, hundredths of its height.
`size` is the height of a thing.
"""

from __future__ import annotations

import math
import random

from provisioning.photos.darkroom import Colour, mix
from provisioning.photos.plate import COOL, GREEN, RED, WARM, WHITE, Plate, Point


def _lamp_colour(rng: random.Random) -> Colour:
    return mix(rng.choice((WARM, WARM, WARM, WHITE, COOL)), (255, 140, 60), rng.random() * 0.25)


def hills(plate: Plate, rng: random.Random, size: float, roughness: float = 1.0) -> None:
    """A ridge from edge to edge."""
    waves = [(rng.uniform(0.5, 1.0) / n, n * rng.uniform(0.6, 1.1), rng.random() * math.tau) for n in (1, 2, 3, 7, 17)]
    points = []
    for step in range(241):
        t = step / 240
        rise = sum(a * roughness ** (i > 2) * math.sin(f * t * math.tau + p) for i, (a, f, p) in enumerate(waves))
        points.append((t * plate.across, max(0.6, size * (0.55 + 0.28 * rise))))
    plate.shape([(0, -1), *points, (plate.across, -1)])


def shore_lights(plate: Plate, rng: random.Random, left: float, right: float, count: int) -> None:
    """Lamps of a far shore: denser in some places, as streets are."""
    left, right = left * plate.across, right * plate.across
    centres = [rng.uniform(left, right) for _ in range(5)]
    for _ in range(count):
        x = rng.gauss(rng.choice(centres), (right - left) / 9)
        if left <= x <= right:
            plate.lamp((x, 0.3 + abs(rng.gauss(0, 1.6))), rng.uniform(0.05, 0.17), _lamp_colour(rng))


def city(plate: Plate, rng: random.Random, left: float, right: float, size: float) -> None:
    """Towers with lit windows, tallest towards the middle."""
    left, right = left * plate.across, right * plate.across
    x = left
    while x < right:
        wide = rng.uniform(1.6, 4.4)
        middle = 1 - abs((x - left) / (right - left) * 2 - 1)
        high = size * (0.22 + 0.78 * middle**1.3) * rng.uniform(0.45, 1.0)
        plate.box(x, -0.5, x + wide, high)
        if rng.random() < 0.3:
            plate.line([(x + wide / 2, high), (x + wide / 2, high + size * 0.14)], 0.16)
            plate.lamp((x + wide / 2, high + size * 0.14), 0.14, RED)
        _windows(plate, rng, x, wide, high)
        x += wide + rng.uniform(-0.4, 0.7)


def _windows(plate: Plate, rng: random.Random, x: float, wide: float, high: float) -> None:
    lit, colour = rng.uniform(0.12, 0.5), _lamp_colour(rng)
    rows, columns = int((high - 1.2) / 0.75), int((wide - 0.5) / 0.6)
    for row in range(rows):
        for column in range(columns):
            if rng.random() < lit:
                at_x, at_y = x + 0.4 + column * 0.6, 0.9 + row * 0.75
                plate.window(at_x, at_y, at_x + 0.28, at_y + 0.34, mix(colour, (60, 40, 30), rng.random() * 0.7))


def town(plate: Plate, rng: random.Random, left: float, right: float, size: float) -> None:
    """Gabled houses along a quay, a church among them, lamps in front."""
    left, right = left * plate.across, right * plate.across
    church = rng.uniform(left + (right - left) * 0.25, left + (right - left) * 0.75)
    x = left
    plate.box(left - 4, -0.5, right + 5, 0.8)
    while x < right:
        wide, high = rng.uniform(2.2, 4.0), size * rng.uniform(0.38, 0.75)
        plate.box(x, -0.5, x + wide, high)
        plate.shape([(x - 0.15, high), (x + wide / 2, high + wide * rng.uniform(0.35, 0.6)), (x + wide + 0.15, high)])
        _windows(plate, rng, x, wide, high * 0.95)
        if rng.random() < 0.5:
            plate.lamp((x, 1.1), 0.2, WARM)
        x += wide
    plate.box(church - 1.1, -0.5, church + 1.1, size * 1.15)
    plate.shape([(church - 1.1, size * 1.15), (church, size * 2.0), (church + 1.1, size * 1.15)])
    plate.lamp((church, size * 0.95), 0.32, WARM)


def crane(plate: Plate, rng: random.Random, at: float, size: float, facing: int = 1) -> None:
    """A container crane: its boom reaches over the water, to the right where `facing` is 1."""
    x = at * plate.across
    s, f = size, facing
    legs, top, apex = 0.20 * s, 0.62 * s, s
    for side in (-1, 1):
        plate.line([(x + side * legs, -0.5), (x + side * legs * 0.92, top)], 0.035 * s)
    plate.line([(x - legs, 0.26 * s), (x + legs, 0.26 * s)], 0.028 * s)
    plate.line([(x - legs, 0.26 * s), (x + legs * 0.9, top)], 0.012 * s)
    plate.box(min(x - f * 0.42 * s, x + f * 0.95 * s), top, max(x - f * 0.42 * s, x + f * 0.95 * s), top + 0.035 * s)
    plate.line([(x + f * legs * 0.9, top), (x + f * 0.06 * s, apex)], 0.022 * s)
    plate.line([(x - f * legs * 0.9, top), (x + f * 0.06 * s, apex)], 0.016 * s)
    for reach in (0.52, 0.90, -0.40):
        plate.line([(x + f * 0.06 * s, apex), (x + f * reach * s, top + 0.03 * s)], 0.008 * s)
    plate.box(x - f * 0.34 * s - 0.07 * s, top + 0.03 * s, x - f * 0.34 * s + 0.07 * s, top + 0.12 * s)
    trolley = x + f * rng.uniform(0.35, 0.8) * s
    plate.box(trolley - 0.03 * s, top - 0.06 * s, trolley + 0.03 * s, top)
    plate.line([(trolley, top), (trolley, rng.uniform(0.3, 0.5) * s)], 0.006 * s)
    plate.lamp((x + f * 0.06 * s, apex), 0.16, RED)
    plate.lamp((x + f * 0.95 * s, top + 0.03 * s), 0.14, RED)
    plate.lamp((trolley, top - 0.07 * s), 0.22, WHITE)
    for step in range(-1, 6):
        plate.lamp((x + f * step * 0.155 * s, top - 0.008 * s), 0.13, WARM)


def freighter(plate: Plate, rng: random.Random, at: float, size: float) -> None:
    """A container ship, loaded; `size` is the height of its bridge."""
    x = at * plate.across
    long = size * 4.4
    deck, left, right = size * 0.30, x - long / 2, x + long / 2
    plate.shape([(left + 0.02 * long, -0.4), (left, deck * 1.05), (right - 0.05 * long, deck), (right, deck * 1.5),
                 (right - 0.05 * long, -0.4)])  # fmt: skip
    wide, high = long / 26, size * 0.085
    for stack in range(17):
        at = left + long * 0.22 + stack * wide
        plate.box(at, deck - 0.1, at + wide * 0.93, deck + high * rng.randint(3, 6))
    bridge = left + long * 0.11
    plate.box(bridge - long * 0.04, deck - 0.1, bridge + long * 0.045, size)
    plate.line([(bridge, size), (bridge, size * 1.22)], 0.2)
    plate.lamp((bridge, size * 1.22), 0.18, WHITE)
    for level in range(4):
        for step in range(7):
            if rng.random() < 0.75:
                at_x, at_y = bridge - long * 0.032 + step * long * 0.0105, deck + size * (0.1 + 0.145 * level)
                plate.window(at_x, at_y, at_x + long * 0.005, at_y + size * 0.04, WARM)
    plate.lamp((right - long * 0.02, deck * 1.6), 0.16, WHITE)
    for step in range(10):
        plate.lamp((left + long * (0.06 + 0.088 * step), deck * 1.06), 0.11, WARM)


def ferry(plate: Plate, rng: random.Random, at: float, size: float) -> None:
    """A ferry with every cabin lit."""
    x = at * plate.across
    long = size * 4.2
    left, right = x - long / 2, x + long / 2
    plate.shape([(left + 0.04 * long, -0.4), (left, size * 0.3), (right, size * 0.34), (right - 0.08 * long, -0.4)])
    for deck, (a, b) in enumerate(((0.05, 0.93), (0.1, 0.86), (0.2, 0.76))):
        low = size * (0.3 + 0.19 * deck)
        plate.box(left + long * a, low, left + long * b, low + size * 0.2)
        step = size * 0.115
        for n in range(int(long * (b - a - 0.03) / step)):
            if rng.random() < 0.9:
                at = left + long * (a + 0.015) + n * step
                plate.window(
                    at,
                    low + size * 0.06,
                    at + step * 0.62,
                    low + size * 0.13,
                    mix((166, 112, 56), (178, 150, 116), rng.random()),
                )
    plate.shape([(x - long * 0.16, size * 0.85), (x - long * 0.15, size * 1.15), (x - long * 0.08, size * 1.15),
                 (x - long * 0.07, size * 0.85)])  # fmt: skip
    plate.line([(x + long * 0.15, size * 0.85), (x + long * 0.15, size * 1.3)], 0.16)
    plate.lamp((x + long * 0.15, size * 1.3), 0.24, WHITE)
    plate.lamp((left, size * 0.36), 0.2, GREEN)


def yacht(plate: Plate, rng: random.Random, at: float, size: float) -> None:
    """A sailing boat at anchor, its light at the masthead."""
    x = at * plate.across
    s = size
    plate.shape(
        [(x - 0.30 * s, 0.075 * s), (x - 0.24 * s, -0.02 * s), (x + 0.20 * s, -0.02 * s), (x + 0.34 * s, 0.09 * s)]
    )
    plate.shape(
        [(x - 0.12 * s, 0.07 * s), (x - 0.09 * s, 0.12 * s), (x + 0.07 * s, 0.12 * s), (x + 0.13 * s, 0.075 * s)]
    )
    plate.line([(x, 0.08 * s), (x + 0.004 * s, s)], 0.012 * s)
    plate.line([(x, 0.17 * s), (x - 0.25 * s, 0.165 * s)], 0.018 * s)
    for foot in (-0.29, 0.33):
        plate.line([(x + 0.004 * s, s * 0.98), (x + foot * s, 0.08 * s)], 0.004 * s)
    plate.line([(x - 0.05 * s, 0.62 * s), (x + 0.055 * s, 0.62 * s)], 0.006 * s)
    plate.lamp((x + 0.004 * s, s), 0.17, WHITE)
    if rng.random() < 0.6:
        for step in range(3):
            at = x - 0.07 * s + step * 0.05 * s
            plate.window(at, 0.088 * s, at + 0.022 * s, 0.104 * s, WARM)


def trawler(plate: Plate, rng: random.Random, at: float, size: float) -> None:
    """A small fishing boat, home late, its deck lamps on."""
    x = at * plate.across
    s = size
    plate.shape([(x - 0.62 * s, 0.30 * s), (x - 0.52 * s, -0.04 * s), (x + 0.56 * s, -0.04 * s),
                 (x + 0.80 * s, 0.46 * s), (x + 0.30 * s, 0.26 * s)])  # fmt: skip
    plate.box(x + 0.02 * s, 0.2 * s, x + 0.34 * s, 0.60 * s)
    plate.box(x - 0.02 * s, 0.58 * s, x + 0.40 * s, 0.63 * s)
    plate.line([(x - 0.2 * s, 0.2 * s), (x - 0.2 * s, s)], 0.03 * s)
    plate.line([(x - 0.2 * s, 0.45 * s), (x - 0.6 * s, 0.88 * s)], 0.02 * s)
    plate.line([(x - 0.2 * s, s), (x + 0.78 * s, 0.46 * s)], 0.008 * s)
    plate.line([(x - 0.2 * s, s), (x - 0.6 * s, 0.30 * s)], 0.008 * s)
    for step in range(2):
        plate.window(x + (0.07 + 0.13 * step) * s, 0.44 * s, x + (0.16 + 0.13 * step) * s, 0.54 * s, WARM)
    plate.lamp((x - 0.2 * s, 0.74 * s), 0.05 * s, WHITE)
    plate.lamp((x - 0.2 * s, s), 0.025 * s, rng.choice((RED, GREEN)))
    plate.lamp((x + 0.2 * s, 0.66 * s), 0.03 * s, GREEN)


def lighthouse(plate: Plate, rng: random.Random, at: float, size: float, facing: int = 1) -> None:
    """A lighthouse on its rock, its beam towards the right where `facing` is 1."""
    x = at * plate.across
    s = size
    rock = [
        (x + (t / 8 - 1) * 0.62 * s, 0.09 * s * math.sin(t / 16 * math.pi) * rng.uniform(0.8, 1.25)) for t in range(17)
    ]
    plate.shape([(x - 0.64 * s, -0.6), *rock, (x + 0.64 * s, -0.6)])
    plate.shape([(x - 0.085 * s, 0), (x - 0.055 * s, 0.80 * s), (x + 0.055 * s, 0.80 * s), (x + 0.085 * s, 0)])
    plate.box(x - 0.085 * s, 0.80 * s, x + 0.085 * s, 0.82 * s)
    plate.box(x - 0.045 * s, 0.82 * s, x + 0.045 * s, 0.92 * s)
    plate.shape([(x - 0.065 * s, 0.92 * s), (x, s), (x + 0.065 * s, 0.92 * s)])
    plate.box(x + 0.12 * s, 0, x + 0.34 * s, 0.19 * s)
    plate.shape([(x + 0.10 * s, 0.19 * s), (x + 0.23 * s, 0.28 * s), (x + 0.36 * s, 0.19 * s)])
    plate.window(x + 0.19 * s, 0.10 * s, x + 0.225 * s, 0.145 * s, WARM)
    lamp = (x, 0.87 * s)
    _beam(plate, lamp, reach=facing * 3.4 * s, rise=0.30 * s, spread=0.13 * s, strength=0.30)
    _beam(plate, lamp, reach=-facing * 2.6 * s, rise=-0.22 * s, spread=0.07 * s, strength=0.16)
    plate.lamp(lamp, 0.045 * s, WHITE)


def _beam(plate: Plate, lamp: Point, *, reach: float, rise: float, spread: float, strength: float) -> None:
    """A cone of light from the lamp, fainter with the distance."""
    parts = 60
    for part in reversed(range(parts)):
        near, far = part / parts, (part + 1) / parts
        colour = mix((0, 0, 0), (255, 226, 176), strength * (1 - near) ** 1.5)
        edges = [(t, side) for t, side in ((near, 1), (far, 1), (far, -1), (near, -1))]
        plate.ray([(lamp[0] + t * reach, lamp[1] + t * (rise + side * spread)) for t, side in edges], colour)


def quay(plate: Plate, rng: random.Random, left: float, right: float, size: float) -> None:
    """A wharf: a wall with stacked containers and mast lamps on it."""
    left, right = left * plate.across, right * plate.across
    plate.box(left, -0.6, right, size * 0.28)
    x = left + 1
    while x < right - 6:
        wide = rng.uniform(3.4, 4.2)
        if rng.random() < 0.6:
            plate.box(x, size * 0.2, x + wide, size * (0.28 + 0.17 * rng.randint(1, 4)))
        x += wide + 0.15
    for step in range(int((right - left) / 9)):
        at_x = left + 3 + step * 9 + rng.uniform(-1, 1)
        plate.line([(at_x, 0), (at_x, size * 1.9)], 0.18)
        plate.lamp((at_x, size * 1.9), 0.30, WARM)


def bridge(plate: Plate, rng: random.Random, size: float, towers: tuple[float, float]) -> None:
    """A suspension bridge from edge to edge, its towers at shares of the width, lamps along its deck."""
    left, right = (share * plate.across for share in towers)
    deck, span = size * 0.30, right - left
    plate.line([(0, deck), (plate.across, deck)], 0.03 * size)

    def cable(x: float) -> float:
        nearest = (x - (left + right) / 2) / (span / 2)
        if abs(nearest) <= 1:
            return deck + 0.05 * size + (size - deck - 0.05 * size) * nearest**2
        return max(deck, size - (abs(nearest) - 1) * span / 2 * 0.62)

    steps = [step * plate.across / 160 for step in range(161)]
    plate.line([(x, cable(x)) for x in steps], 0.014 * size)
    for x in steps[::2]:
        plate.line([(x, deck), (x, cable(x))], 0.004 * size)
    for x in (left, right):
        for side in (-1, 1):
            plate.line([(x + side * 0.035 * size, -0.5), (x + side * 0.028 * size, size * 1.02)], 0.024 * size)
        for share in (0.45, 0.65, 0.85, 1.0):
            plate.line([(x - 0.03 * size, size * share), (x + 0.03 * size, size * share)], 0.018 * size)
        plate.lamp((x, size * 1.05), 0.22, RED)
    for x in steps[::4]:
        plate.lamp((x, deck + 0.045 * size), 0.17, WARM)
        if cable(x) > deck + 1:
            plate.lamp((x, cable(x)), 0.09, mix(WHITE, COOL, rng.random()))


def pier(plate: Plate, rng: random.Random, *, start: float, end: float, size: float, lamps: int) -> None:
    """A jetty on posts from `start` to `end`, the end far off: both are shares of the width."""

    def along(t: float) -> tuple[float, float]:
        scale = 1 / (1 + 3.0 * t)
        return (start + (end - start) * (1 - scale) / 0.75) * plate.across, scale * size

    (x0, s0), (x1, s1) = along(0), along(1)
    plate.shape([(x0, s0), (x0, s0 * 0.86), (x1, s1 * 0.80), (x1, s1)])
    for n in range(13):
        x, s = along(n / 12)
        plate.line([(x, -0.3), (x + rng.uniform(-0.02, 0.02) * s, s * 0.95)], s * 0.07)
    for n in range(lamps):
        x, s = along((n + 0.2) / lamps)
        plate.line([(x, s * 0.9), (x, s * 2.5)], s * 0.035)
        plate.line([(x - s * 0.14, s * 2.5), (x + s * 0.14, s * 2.5)], s * 0.03)
        plate.lamp((x, s * 2.44), s * 0.075, WARM)


def buoy(plate: Plate, rng: random.Random, at: float, size: float) -> None:
    """A buoy that leans, with its light."""
    x = at * plate.across
    s, lean = size, rng.uniform(-0.12, 0.12)
    plate.shape([(x - 0.3 * s, -0.06 * s), (x - 0.3 * s, 0.2 * s), (x + 0.3 * s, 0.2 * s), (x + 0.3 * s, -0.06 * s)])
    plate.line([(x - 0.2 * s, 0.2 * s), (x + lean * s, s)], 0.05 * s)
    plate.line([(x + 0.2 * s, 0.2 * s), (x + lean * s, s)], 0.05 * s)
    plate.lamp((x + lean * s, s * 1.02), 0.1 * s, rng.choice((RED, GREEN)))


def gulls(plate: Plate, rng: random.Random, at: float, y: float, count: int) -> None:
    """A few gulls, far up."""
    x = at * plate.across
    for _ in range(count):
        at_x, at_y, span = x + rng.gauss(0, 9), y + rng.gauss(0, 4), rng.uniform(0.7, 1.5)
        lift = rng.uniform(0.15, 0.4) * span
        plate.line([(at_x - span, at_y + lift), (at_x - span * 0.4, at_y + lift * 1.1), (at_x, at_y),
                    (at_x + span * 0.45, at_y + lift), (at_x + span, at_y + lift * 0.7)], 0.13)  # fmt: skip
