"""[[display]]: which panels and monitors hang on the box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.settings.table import Table

DISPLAY_KINDS = ("none", "file", "fb", "inky", "waveshare")
PANELS = frozenset({"inky", "waveshare"})
"""The kinds that sit on the box's header, where there is room for one of them."""

WAVESHARE_MODELS = ("2in13", "2in9", "4in2", "7in5")
_TOO_NARROW_UPRIGHT = frozenset({"2in13", "2in9"})
ROTATIONS = (0, 90, 180, 270)
_OLD_NAMES = {"simulated": "file"}
_WRITTEN = ("none", "file", "fb", "inky", *(f"waveshare:{model}" for model in WAVESHARE_MODELS))
_FRAMEBUFFER = re.compile(r"/dev/fb[0-9]{1,2}")
_SETTINGS = {  # beside `kind`
    "none": (),
    "file": ("width", "height", "mode"),
    "fb": ("device", "rotation", "mode"),
    "inky": ("rotation",),
    "waveshare": ("model", "rotation"),
}


@dataclass(frozen=True, slots=True)
class Display:
    """One display: `file` writes its frames as PNG files, `fb` is a monitor; `inky` and `waveshare` are e-paper.

    All but `file` have a size of their own, and e-paper knows ink or no ink alone.
    """

    kind: str
    width: int
    height: int
    mode: str  # "1" or "RGB"
    device: str = "/dev/fb0"  # of `fb`
    rotation: int = 0  # degrees by which the picture is turned with the clock; not of `file`
    model: str = ""  # of `waveshare`


def read_display(reader: Table) -> Display:
    kind, model = _kind(reader)
    for name in ("width", "height", "mode", "device", "rotation", "model"):
        if reader.given(name) and name not in _SETTINGS[kind]:
            reader.refuse(name, f"has no meaning for a display of kind {kind}. Remove it.")
    return Display(
        kind=kind,
        width=reader.integer("width", 800, 250, 3840),
        height=reader.integer("height", 480, 122, 2160),
        mode=reader.choice("mode", "RGB", ("1", "RGB")),
        device=reader.text("device", "/dev/fb0", _FRAMEBUFFER, "a framebuffer, such as /dev/fb0"),
        rotation=_rotation(reader, model),
        model=model,
    )


def check_together(displays: Sequence[Display], readers: Sequence[Table]) -> None:
    """Notes a display that has the place of another one: two on the header, or two on one framebuffer."""
    taken: set[str] = set()
    for display, reader in zip(displays, readers, strict=True):
        place = "panel" if display.kind in PANELS else display.device if display.kind == "fb" else None
        if place == "panel" in taken:
            reader.refuse("kind", "is a second panel, and the header has room for one. Remove one of the two.")
        elif place in taken:
            reader.refuse("device", f"is {place}, which another display has already. Name another one.")
        if place is not None:
            taken.add(place)


def _kind(reader: Table) -> tuple[str, str]:
    """Kind and model. The model may stand in the kind: `waveshare:2in13`."""
    written = reader.raw("kind")
    written = "file" if written is None else written
    kind, _, model = written.partition(":") if isinstance(written, str) else ("", "", "")
    kind = _OLD_NAMES.get(kind, kind)
    if kind not in DISPLAY_KINDS or (model and kind != "waveshare"):
        reader.refuse("kind", f"is {written!r}; it must be one of {', '.join(_WRITTEN)}.")
        return "none", ""
    if kind != "waveshare":
        return kind, ""
    if not model:
        return kind, reader.choice("model", "", WAVESHARE_MODELS)
    if model not in WAVESHARE_MODELS:
        reader.refuse("kind", f"is {written!r}; it must be one of {', '.join(_WRITTEN)}.")
    elif reader.given("model"):
        reader.refuse("model", f"stands in the kind already ({written}). Remove it.")
    return kind, model


def _rotation(reader: Table, model: str) -> int:
    rotation = reader.integer("rotation", 0, 0, 270)
    if rotation not in ROTATIONS:
        reader.refuse("rotation", f"is {rotation}; it must be one of {', '.join(map(str, ROTATIONS))}.")
    elif rotation in {90, 270} and model in _TOO_NARROW_UPRIGHT:
        reader.refuse("rotation", f"is {rotation}, but a panel {model} is too narrow upright. Write 0 or 180.")
    return rotation
