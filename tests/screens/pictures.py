"""Draws the frames that README.md shows: python -m tests.screens.pictures docs"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from appliance.screens.frames import frame
from tests.screens.samples import CLAIMS, STATUS

SIZE = (800, 480)


def draw(folder: Path) -> None:
    """`frame-shop.png` and `frame-claim.png`, as a panel of 800x480 shows them."""
    frame(STATUS, SIZE, "RGB").convert("L").save(folder / "frame-shop.png", optimize=True)
    frame(replace(STATUS, waiting=CLAIMS[-1:]), SIZE, "RGB").convert("L").save(
        folder / "frame-claim.png", optimize=True
    )


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
