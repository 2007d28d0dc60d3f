"""The golden images: every page at four sizes, and what else a page can say at three, as PNG files of the pixels.

`make screens` draws them anew.
Look at what changed before you commit them: `git diff --stat tests/screens/golden`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from appliance.screens.pages import Page
from tests.screens.cases import CASES, PANELS, Mode

Size = tuple[int, int]

FOLDER = Path(__file__).with_name("golden")


def path_of(name: str, size: Size) -> Path:
    return FOLDER / f"{size[0]}x{size[1]}" / f"{name}.png"


def redraw() -> None:
    """All of them; images of pages that are gone go, too."""
    for old in FOLDER.glob("*/*.png"):
        old.unlink()
    for name, size, mode in images():
        path = path_of(name, size)
        path.parent.mkdir(parents=True, exist_ok=True)
        _small(CASES[name].draw(size, mode)).save(path, optimize=True)


def images() -> Iterator[tuple[str, Size, Mode]]:
    """The case, size and mode of each golden image."""
    for size, mode in PANELS:
        for name in CASES:
            if name in set(Page) or size != PANELS[-1][0]:
                yield name, size, mode


def _small(image: Image.Image) -> Image.Image:
    """The same pixels without colour channels where there is no colour."""
    grey = image.convert("L")
    is_grey = image.mode == "RGB" and grey.convert("RGB").tobytes() == image.tobytes()
    return grey if is_grey else image
