"""[buttons], [lamp], [buzzer] and [pins]: what hangs on the header beside the panel.

[buttons]
on = false        # no buttons at all
sell = true       # a press of *sell* is one sale in cash: off unless this is set
drop = "slug"     # of this drop; else of the first that is on sale
[lamp]
on = false
[buzzer]
on = true
[pins]            # BCM numbers
next = 20
sell = 21
stick = 26
lamp = [12, 13, 19]           # red, green, blue
buzzer = 23
hats = ["impression-13.3"]    # other boards on the header, whose pins are refused then
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from appliance.core import pins
from appliance.core.documents import SLUG
from appliance.core.pins import Button
from appliance.settings.table import Table

TABLES = ("buttons", "lamp", "buzzer", "pins")


@dataclass(frozen=True, slots=True)
class Header:
    """BCM pins of what is on; None for a lamp or a buzzer that is not. `drop`: the slug that *sell* sells."""

    buttons: Mapping[Button, int] = field(default_factory=dict)
    drop: str | None = None
    lamp: tuple[int, int, int] | None = None
    buzzer: int | None = None


def read_header(tables: Sequence[Table], displays: Collection[str]) -> Header:
    """`tables` as in `TABLES`; `displays`: the kinds that the settings name."""
    buttons, lamp, buzzer, places = tables
    lamp_pins, buzzer_pin = _lamp(places), _pin(places, "buzzer", pins.BUZZER)
    header = Header(
        buttons=_buttons(buttons, places),
        drop=buttons.optional("drop", SLUG, "the slug of a drop, such as harbour-lights"),
        lamp=lamp_pins if lamp.flag("on", default=True) else None,
        buzzer=buzzer_pin if buzzer.flag("on") else None,
    )
    if header.drop is not None and Button.SELL not in header.buttons:
        buttons.refuse("drop", "has no meaning without sell = true. Add that, or remove this.")
    _refuse_collisions(header, places, [*_hats(places), *(kind for kind in displays if kind in pins.HATS)])
    return header


def _buttons(buttons: Table, places: Table) -> dict[Button, int]:
    is_on, sells = buttons.flag("on", default=True), buttons.flag("sell")
    found = {button: _pin(places, button, pin) for button, pin in pins.BUTTONS.items()}
    if not sells:
        found.pop(Button.SELL)
    return found if is_on else {}


def _pin(places: Table, name: str, default: int) -> int:
    return places.integer(name, default, 0, pins.ALL[-1])


def _lamp(places: Table) -> tuple[int, int, int]:
    value = places.raw("lamp")
    if value is None:
        return pins.LAMP
    match value:
        case [int(red), int(green), int(blue)] if all(pin in pins.ALL for pin in (red, green, blue)):
            return red, green, blue
    places.refuse("lamp", f"is {value!r}; it must be three BCM numbers, such as {list(pins.LAMP)}: red, green, blue.")
    return pins.LAMP


def _hats(places: Table) -> list[str]:
    value = places.raw("hats")
    named = value if isinstance(value, list) else [] if value is None else [value]
    known = [name for name in named if isinstance(name, str) and name in pins.HATS]
    if len(known) != len(named):
        places.refuse("hats", f"is {value!r}; it may hold {', '.join(pins.HATS)}. Remove the others.")
    return known


def _refuse_collisions(header: Header, places: Table, hats: Collection[str]) -> None:
    uses = [(str(button), pin) for button, pin in header.buttons.items()]
    uses += [("lamp", pin) for pin in header.lamp or ()]
    uses += [("buzzer", header.buzzer)] if header.buzzer is not None else []
    for collision in pins.collisions(uses, hats):
        places.refuse(collision.use, collision.why)
