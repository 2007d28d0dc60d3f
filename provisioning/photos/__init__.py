"""A photo series that nobody had to take: "Harbour Lights", for demos and tests that need real files.

Drawn with Pillow alone; knows nothing of drops and signatures.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from provisioning.photos.scene import Scene, paint
from provisioning.photos.series import COVER, SERIES

TITLE = "Harbour Lights"
COVER_NAME = "cover.jpg"

_PRINT = (2400, 1600)
_SLEEVE = (1600, 1600)


def _nothing(path: Path) -> None:
    """Whoever does not watch is told nothing."""


def draw_series(folder: Path, count: int = 20, drawn: Callable[[Path], None] = _nothing) -> None:
    """Draws `count` photos of 2 to 4 MB and a cover into `folder`, on all cores, about a second each.

    The same count gives the same pictures; one that is there already is left alone. `drawn` hears of each new one.
    Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {folder / COVER_NAME: None} | {folder / _name(number): number for number in range(1, count + 1)}
    missing = {path: number for path, number in wanted.items() if not path.exists()}
    if not missing:
        return
    # Spawned, not forked: the caller may have threads.
    workers = min(len(missing), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(_draw, path, number) for path, number in missing.items()]):
            drawn(done.result())


def _scene(number: int) -> Scene:
    return SERIES[(number - 1) % len(SERIES)]


def _name(number: int) -> str:
    return f"{number:02}-{_scene(number).title}.jpg"


def _draw(path: Path, number: int | None) -> Path:
    picture = _cover() if number is None else paint(_scene(number), seed=99 + number, size=_PRINT)
    part = path.with_suffix(".part")
    picture.save(part, "JPEG", quality=95)
    return part.replace(path)


def _cover() -> Image.Image:
    picture = paint(COVER, seed=7, size=_SLEEVE)
    pen = ImageDraw.Draw(picture)
    width, height = picture.size
    for text, size, line in ((TITLE.upper(), 0.062, 0.10), ("twenty nights", 0.026, 0.19)):
        font = ImageFont.load_default(size * height)
        gap = size * height * 0.34
        x = (width - sum(font.getlength(letter) + gap for letter in text) + gap) / 2
        for letter in text:
            pen.text((x, line * height), letter, font=font, fill=(255, 240, 222))
            x += font.getlength(letter) + gap
    return picture
