"""`make pages`: every page in every state, in two languages, at phone and tablet size, a sheet for each chapter.

Needs Chromium and node, as the tests of group `browser` do.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tests.browser.looking import Looker, View, looker
from tests.browser.states import Chapter, State, chapters

DOCS = Path(__file__).parents[2] / "docs"
PHONES = (View(width=390, height=844), View(width=390, height=844, locale="de", dark=True))
TABLETS = (View(width=768, height=1024), View(width=768, height=1024, locale="de", dark=True))
_HEIGHT = 420  # of each picture, in pixels
_GAP = 12
_LABEL = 32
_ROW = 3  # states side by side
_PAPER, _INK = "#f3f0ea", "#1c1a17"
_QUALITY = 55  # of WebP: text stays sharp, and all sheets together below 2 MB


async def draw(chromium: str, folder: Path) -> None:
    """Writes `pages-<chapter>.webp` for each chapter into `folder`."""
    with tempfile.TemporaryDirectory() as made:
        async with chapters(Path(made) / "stalls") as told, looker(chromium) as browser:
            for chapter in told:
                pictures = [await _pictures(browser, state, Path(made)) for state in chapter.states]
                _sheet(chapter, pictures).save(folder / f"pages-{chapter.name}.webp", quality=_QUALITY, method=6)


async def _pictures(browser: Looker, state: State, folder: Path) -> Sequence[Image.Image]:
    """A state on phones and tablets, as they see it without scrolling."""
    return [await _picture(browser, state, view, folder / "shot.png") for view in (*PHONES, *TABLETS)]


async def _picture(browser: Looker, state: State, view: View, path: Path) -> Image.Image:
    seen = await browser.look(await state.begin(), view, picture=path, full=False)
    assert seen.complaints == (), f"{state.name}: {seen.complaints}"
    with Image.open(path) as shot:
        size = round(view.width * _HEIGHT / view.height), _HEIGHT
        return shot.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _sheet(chapter: Chapter, pictures: Sequence[Sequence[Image.Image]]) -> Image.Image:
    """Rows of states under the chapter's title, each with its name."""
    across = sum(picture.width + _GAP for picture in pictures[0]) + 3 * _GAP
    down = _LABEL + _HEIGHT + 3 * _GAP
    head = 5 * _LABEL // 2
    sheet = Image.new("RGB", (_ROW * across + 2 * _GAP, head + -(-len(pictures) // _ROW) * down), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((2 * _GAP, _LABEL), chapter.title, _INK, _font(34))
    for place, (state, row) in enumerate(zip(chapter.states, pictures, strict=True)):
        x, y = 2 * _GAP + place % _ROW * across, head + place // _ROW * down
        pen.text((x, y), state.name, _INK, _font(20))
        for picture in row:
            sheet.paste(picture, (x, y + _LABEL))
            x += picture.width + _GAP
    return sheet


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype("DejaVuSans.ttf", size)


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("chromium is not on this machine: apt-get install chromium nodejs npm fonts-dejavu-core")
    asyncio.run(draw(chromium, DOCS))


if __name__ == "__main__":
    main()
