"""[[display]]: which panels and monitors hang on the box."""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.settings.table import Table

DISPLAY_KINDS = ("none", "simulated", "fb")
ROTATIONS = (0, 90, 180, 270)
_FRAMEBUFFER = re.compile(r"/dev/fb[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Display:
    """One display: `simulated` writes its frames as PNG files, `fb` is a monitor, which has a size of its own."""

    kind: str
    width: int
    height: int
    mode: str  # "1" or "RGB"
    device: str = "/dev/fb0"  # these two: of `fb`
    rotation: int = 0  # degrees by which the picture is turned with the clock


def read_display(reader: Table) -> Display:
    kind = reader.choice("kind", "simulated", DISPLAY_KINDS)
    for name in ("width", "height") if kind == "fb" else ("device", "rotation"):
        if reader.given(name):
            reader.refuse(name, f"has no meaning for a display of kind {kind}. Remove it.")
    rotation = reader.integer("rotation", 0, 0, 270)
    if rotation not in ROTATIONS:
        reader.refuse("rotation", f"is {rotation}; it must be one of {', '.join(map(str, ROTATIONS))}.")
    return Display(
        kind=kind,
        width=reader.integer("width", 800, 250, 3840),
        height=reader.integer("height", 480, 122, 2160),
        mode=reader.choice("mode", "RGB", ("1", "RGB")),
        device=reader.text("device", "/dev/fb0", _FRAMEBUFFER, "a framebuffer, such as /dev/fb0"),
        rotation=rotation,
    )
