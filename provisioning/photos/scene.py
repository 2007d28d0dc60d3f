"""One picture from its description: sky, far shore, water with its reflections, near things, print."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from provisioning.photos import darkroom
from provisioning.photos.darkroom import BICUBIC, BILINEAR, Colour, Size, mix
from provisioning.photos.plate import Plate

Stand = Callable[[Plate, random.Random], None]


@dataclass(frozen=True, slots=True)
class Mood:
    """The light of an hour: sky from top to horizon, what clouds catch, what stands against it."""

    sky: tuple[Colour, ...]
    cloud: Colour
    silhouette: Colour
    water: Colour
    cover: float = 0.4
    """Share of the sky under clouds."""
    stars: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """What is in a picture. Distances are shares of the picture's width and height from its left upper corner."""

    title: str
    mood: Mood
    far: tuple[Stand, ...]
    near: tuple[Stand, ...] = ()
    horizon: float = 0.62
    near_base: float = 0.80
    glow: tuple[float, float] | None = None
    moon: tuple[float, float] | None = None
    fog: float = 0.0
    roughness: float = 0.9
    aurora: Colour | None = None
    upright: bool = False


def paint(scene: Scene, seed: int, size: Size) -> Image.Image:
    """The finished picture, `size` in pixels (turned where the scene is upright); the same for the same seed."""
    rng = random.Random(seed)
    width, height = (size[1], size[0]) if scene.upright else size
    far, near = Plate((width, height), scene.horizon * 100), Plate((width, height), scene.near_base * 100)
    for stand in scene.far:
        stand(far, rng)
    for stand in scene.near:
        stand(near, rng)
    shore = round(height * scene.horizon)
    above = _far_world(scene, rng, far, (width, shore))
    picture = Image.new("RGB", (width, height))
    picture.paste(above)
    glow = darkroom.bloom(near.lights) if scene.near else near.lights
    picture.paste(_water(scene, rng, above, near, glow), (0, shore))
    if scene.near:
        dark = mix(scene.mood.silhouette, (0, 0, 0), 0.45)
        picture.paste(dark, mask=near.mask())
        picture = ImageChops.screen(picture, glow)
    return darkroom.develop(picture, rng, grain=0.30)


def _far_world(scene: Scene, rng: random.Random, far: Plate, size: Size) -> Image.Image:
    frame = (0, 0, *size)
    sky = _sky(scene, rng, size, far.height)
    mood = scene.mood
    haze = mix(mood.silhouette, mood.sky[-1], 0.38)
    ridge = Plate((far.width, far.height), scene.horizon * 100)
    _distant_ridge(ridge, rng)
    sky.paste(haze, mask=ridge.mask().crop(frame))
    sky.paste(mood.silhouette, mask=far.mask().crop(frame))
    world = ImageChops.screen(sky, darkroom.bloom(far.lights.crop(frame)))
    return _foggy(scene, rng, world) if scene.fog else world


def _distant_ridge(plate: Plate, rng: random.Random) -> None:
    points = darkroom.noise(rng, (200, 1), (5, 2), 4).tobytes()
    plate.shape(
        [(0, -1), *((n / 199 * plate.across, 0.6 + v / 255 * 4.6) for n, v in enumerate(points)), (plate.across, -1)]
    )


def _sky(scene: Scene, rng: random.Random, size: Size, scale: int) -> Image.Image:
    mood = scene.mood
    sky = darkroom.gradient(size, mood.sky)
    if mood.stars:
        sky = ImageChops.screen(sky, _stars(rng, size, mood.stars, scale))
    if scene.aurora:
        sky = ImageChops.screen(sky, _aurora(rng, size, scene.aurora))
    if scene.glow:
        at = (scene.glow[0] * size[0], scene.glow[1] * scale)
        sky = ImageChops.screen(sky, darkroom.halo(size, at, scale * 0.85, mix(mood.cloud, (0, 0, 0), 0.25), 2.4))
    if scene.moon:
        sky = _moon(sky, (scene.moon[0] * size[0], scene.moon[1] * scale), scale)
    return _clouds(mood, rng, sky) if mood.cover else sky


def _stars(rng: random.Random, size: Size, count: int, scale: int) -> Image.Image:
    layer = Image.new("L", size)
    for _ in range(count):
        at = (rng.randrange(size[0] - 3), round(size[1] * rng.random() ** 1.4))
        bright = round(70 + 185 * rng.random() ** 5)
        across = max(1, round(scale / 900 * (1 + (bright > 150))))
        layer.paste(bright, (at[0], at[1], at[0] + across, at[1] + across))
    return Image.merge("RGB", [layer.filter(ImageFilter.GaussianBlur(0.8))] * 3)


def _aurora(rng: random.Random, size: Size, colour: Colour) -> Image.Image:
    small = (size[0] // 4, size[1] // 4)
    curtain = Image.new("L", small)
    for _ in range(3):
        edge = darkroom.noise(rng, (small[0], 1), (2, 2), 3).tobytes()
        folds = darkroom.noise(rng, (small[0], 1), (26, 2), 4).tobytes()
        tall, low = small[1] * rng.uniform(0.40, 0.65), small[1] * rng.uniform(0.66, 0.88)
        rise = small[1] * rng.uniform(0.12, 0.30)
        ray = Image.new("L", (1, max(8, round(tall))))
        ray.putdata(
            [round(110 * (y / ray.height) ** 1.8 * min(1.0, (1 - y / ray.height) * 5)) for y in range(ray.height)]
        )
        for x in range(small[0]):
            top = round(low - rise * edge[x] / 255) - ray.height
            column = (x, top, x + 1, top + ray.height)
            shade = ray.point([round(v * (0.3 + 0.7 * folds[x] / 255)) for v in range(256)])
            curtain.paste(ImageChops.add(curtain.crop(column), shade), column)
    soft = curtain.filter(ImageFilter.GaussianBlur(2)).resize(size, BILINEAR)
    glow = curtain.filter(ImageFilter.GaussianBlur(small[1] / 14)).resize(size, BILINEAR)
    return ImageChops.add(
        darkroom.tint(soft, mix(colour, (0, 0, 0), 0.45)), darkroom.tint(glow, mix(colour, (90, 60, 200), 0.35))
    )


def _moon(sky: Image.Image, at: tuple[float, float], scale: int) -> Image.Image:
    for radius, strength, bend in ((0.50, 0.62, 3.0), (0.10, 0.30, 1.6)):
        colour = mix((222, 228, 255), (0, 0, 0), strength)
        sky = ImageChops.screen(sky, darkroom.halo(sky.size, at, scale * radius, colour, bend))
    radius = scale * 0.026
    disc = Image.new("RGB", (256, 256), (255, 250, 235))
    patches = darkroom.noise(random.Random(4), (256, 256), (4, 4), 4)
    disc = Image.composite(disc, Image.new("RGB", disc.size, (214, 208, 196)), darkroom.ramp(patches, 70, 190))
    edge = ImageOps.invert(Image.radial_gradient("L")).point([min(255, max(0, v - 76) * 24) for v in range(256)])
    across = round(radius * 2)
    sky.paste(
        disc.resize((across, across), BICUBIC),
        (round(at[0] - radius), round(at[1] - radius)),
        edge.resize((across, across), BICUBIC),
    )
    return sky


def _clouds(mood: Mood, rng: random.Random, sky: Image.Image) -> Image.Image:
    """Long clouds, flatter towards the horizon; what they catch is brightest at their lower edge."""
    width, height = sky.size
    sheet = darkroom.noise(rng, (1024, 512), (7, 9), 6)
    half = (width // 4, height // 4)
    squeeze = (716 / half[0], 0.0, 60.0, 0.0, 215 / half[1], 20.0, 0.0, -0.52 / half[1])
    form = sheet.transform(half, Image.Transform.PERSPECTIVE, squeeze, BICUBIC)
    level = 255 * (1 - mood.cover)
    body = darkroom.ramp(form, level - 30, level + 90, 235)
    lower = ImageChops.subtract(body, ImageChops.offset(body, 0, -max(2, half[1] // 60)))
    lit = darkroom.ramp(lower.filter(ImageFilter.GaussianBlur(1.2)), 0, 70)
    full = sky.size
    shade = Image.composite(
        Image.new("RGB", half, mood.cloud), sky.resize(half).point([round(v * 0.72) for v in range(256)] * 3), lit
    )
    return Image.composite(
        shade.resize(full, BILINEAR), sky, body.resize(full, BILINEAR).point([round(v * 0.8) for v in range(256)])
    )


def _foggy(scene: Scene, rng: random.Random, world: Image.Image) -> Image.Image:
    width, height = world.size
    drift = darkroom.noise(rng, (width // 4, height // 4), (3, 12), 3).resize(world.size, BICUBIC)
    depth = ImageChops.multiply(darkroom.fade(world.size, 0, 255, 3.0), darkroom.ramp(drift, -150, 170))
    veil = mix(scene.mood.sky[-1], scene.mood.cloud, 0.4)
    return Image.composite(
        Image.new("RGB", world.size, veil), world, depth.point([round(v * scene.fog) for v in range(256)])
    )


def _water(scene: Scene, rng: random.Random, above: Image.Image, near: Plate, glow: Image.Image) -> Image.Image:
    """What lies below the shore: the world upside down, broken by waves, darker towards the eye."""
    width, shore = above.size
    depth = near.height - shore
    mirrored = Image.new("RGB", (width, round(depth * darkroom.reach(scene.roughness)) + 1))
    upside = ImageOps.flip(above)
    for top in range(0, mirrored.height, shore):
        mirrored.paste(upside if top == 0 else above, (0, top))
    if scene.near:
        mirrored = _near_mirrored(scene, mirrored, near, shore, glow)
    slopes = darkroom.waves(rng, (width, depth), near.unit * 16)
    water = darkroom.ripple(mirrored, slopes, scene.roughness)
    water = ImageChops.multiply(
        water, darkroom.gradient(water.size, ((236, 236, 236), (190, 192, 200), (120, 124, 136)))
    )
    tint = Image.new("RGB", water.size, scene.mood.water)
    water = Image.composite(tint, water, darkroom.fade(water.size, 18, 120, 1.2))
    if scene.moon or scene.glow:
        water = ImageChops.screen(water, _road_of_light(scene, slopes))
    crests = darkroom.ramp(slopes, 150, 255, 44)
    crests = ImageChops.multiply(crests, darkroom.fade(water.size, 60, 255))
    return ImageChops.screen(water, darkroom.tint(crests, mix(scene.mood.sky[-1], scene.mood.sky[0], 0.4)))


def _road_of_light(scene: Scene, slopes: Image.Image) -> Image.Image:
    """The glints that lead from the eye to the moon or the sun."""
    width, depth = slopes.size[0] // 8, slopes.size[1] // 8
    across, colour = (
        (scene.moon[0], (214, 220, 240)) if scene.moon else (scene.glow[0] if scene.glow else 0.5, scene.mood.cloud)
    )
    middle = across * width
    road = Image.new("L", (width, depth))
    cone = [(middle - width * 0.012, 0), (middle + width * 0.012, 0)]
    cone += [(middle + width * 0.085, depth), (middle - width * 0.085, depth)]
    ImageDraw.Draw(road).polygon(cone, fill=255)
    road = road.filter(ImageFilter.GaussianBlur(width / 50)).resize(slopes.size, BILINEAR)
    glints = ImageChops.multiply(darkroom.ramp(slopes, 120, 215), road)
    strength = 0.15 if scene.moon else 0.5
    return darkroom.tint(glints, mix(colour, (0, 0, 0), strength))


def _near_mirrored(scene: Scene, mirrored: Image.Image, near: Plate, shore: int, glow: Image.Image) -> Image.Image:
    """Near things stand lower in the picture, so they are mirrored about a line of their own."""
    width, depth = mirrored.size
    base = round(near.base)

    def flipped(layer: Image.Image) -> Image.Image:
        whole = Image.new(layer.mode, (width, shore + depth))
        whole.paste(ImageOps.flip(layer.crop((0, max(0, 2 * base - near.height), width, base))), (0, base))
        return whole.crop((0, shore, width, shore + depth))

    mirrored.paste(mix(scene.mood.silhouette, (0, 0, 0), 0.3), mask=flipped(near.mask()))
    return ImageChops.screen(mirrored, flipped(glow))
