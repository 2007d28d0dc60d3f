"""The pins of the header, by their BCM numbers: which ones stallbox uses, and which ones other boards take.

The table is `hardware.md`'s. Knows no settings file and drives nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

ALL = range(28)


class Button(StrEnum):
    NEXT = "next"
    SELL = "sell"
    STICK = "stick"


BUTTONS = {Button.NEXT: 20, Button.SELL: 21, Button.STICK: 26}
LAMP = (12, 13, 19)  # red, green, blue
BUZZER = 23

_SPI = dict.fromkeys((7, 8, 9, 10, 11), "SPI")
_INKY = _SPI | {17: "BUSY", 22: "DC", 27: "RST"}
_WAVESHARE = _SPI | {17: "RST", 18: "PWR", 24: "BUSY", 25: "DC"}
_ALWAYS = {0: "HAT ID", 1: "HAT ID", 2: "I²C", 3: "I²C", 14: "serial console", 15: "serial console"}


@dataclass(frozen=True, slots=True)
class Hat:
    """A board on the header: what people call it, and what it takes a pin for. All share I²C on 2 and 3."""

    name: str
    pins: Mapping[int, str]


HATS = {
    "inky": Hat("the Inky panel", _INKY),
    "waveshare": Hat("the Waveshare panel", _WAVESHARE),
    "impression": Hat("the Inky Impression", _INKY | dict.fromkeys((5, 6, 16, 24), "its own buttons")),
    "impression-13.3": Hat(
        "the Inky Impression 13.3",
        _INKY | dict.fromkeys((5, 6, 24, 25), "its own buttons") | dict.fromkeys((16, 26), "chip select"),
    ),
    "waveshare-2.7": Hat("the Waveshare 2.7", _WAVESHARE | dict.fromkeys((5, 6, 13, 19), "its own keys")),
    "waveshare-touch": Hat("the Waveshare 2.13 Touch", _WAVESHARE | dict.fromkeys((22, 27), "touch")),
    "x1201": Hat("the X1201", {6: "mains", 16: "charging"}),
    "sound": Hat("the sound board", dict.fromkeys((18, 19, 20, 21), "I²S")),
    "fan": Hat("the fan", {4: "switch"}),
}
"""By the names that settings use; the first two are kinds of display."""


@dataclass(frozen=True, slots=True)
class Collision:
    """`use` wants a pin that is not its own; `why` continues a sentence that begins with the setting."""

    use: str
    why: str


def collisions(uses: Sequence[tuple[str, int]], hats: Collection[str]) -> list[Collision]:
    """What stands in the way of `uses` (what for, which pin) beside these boards; each with a pin that is free."""
    taken = {pin: f"the header has for {what}" for pin, what in _ALWAYS.items()}
    for name in hats:
        hat = HATS[name]
        taken |= {pin: f"{hat.name} takes ({what})" for pin, what in hat.pins.items()}
    wanted = {pin for _, pin in uses}
    spare = [pin for pin in ALL if pin not in taken and pin not in wanted]
    found = []
    for use, pin in uses:
        if pin in taken:
            free = f"use BCM {spare.pop(0)}, which is free" if spare else "no pin is free, so leave something out"
            found.append(Collision(use, f"is BCM {pin}, which {taken[pin]}: {free}."))
        else:
            taken[pin] = f"{use} has already"
    return found
