"""Draws docs/lid.pdf, the page for a box's lid with lines to write on, and docs/lid.png, how it looks.

`python -m docs.lid` in the project's folder. For a box of its own: `stallbox-organizer lid`.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from appliance.draw.lid import Lid, pdf, picture

_HERE = Path(__file__).parent
_SMALLER = 6  # 600 dots per inch are for printers


def _preview() -> Image.Image:
    page = picture(Lid())
    size = (page.width // _SMALLER, page.height // _SMALLER)
    return page.convert("L").resize(size, Image.Resampling.BOX).quantize(16)


if __name__ == "__main__":
    (_HERE / "lid.pdf").write_bytes(pdf(Lid()))
    _preview().save(_HERE / "lid.png", optimize=True)
