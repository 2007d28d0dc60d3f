"""Every page looks as it looked when somebody last looked at it."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, features

from appliance.screens.pages import Page
from tests.screens.cases import CASES, PANELS, Mode
from tests.screens.golden import FOLDER, images, path_of

WANTED = tuple(images())
# The FreeType of Pillow 11 sets a pixel or two otherwise in some images; those of Pillow 12 and 13 agree.
STRAY = 0 if (features.version("freetype2") or "") >= "2.14" else 8


def _id(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(("name", "size", "mode"), WANTED, ids=_id)
def test_it_is_the_golden_image(name: str, size: tuple[int, int], mode: Mode) -> None:
    """Pixel for pixel; `make screens` draws the golden images anew after a change that was meant."""
    with Image.open(path_of(name, size)) as golden:
        differ = ImageChops.difference(CASES[name].draw(size, mode).convert("RGB"), golden.convert("RGB"))
    assert sum(differ.convert("L").point(bool).histogram()[1:]) <= STRAY


def test_every_page_has_an_image_at_every_size() -> None:
    """No page is without one, and no image is left of a page that is gone."""
    wanted = {path_of(name, size) for name, size, _ in WANTED}
    assert {(page, size) for page in Page for size, _ in PANELS} <= {(name, size) for name, size, _ in WANTED}
    assert set(FOLDER.glob("*/*.png")) == wanted
