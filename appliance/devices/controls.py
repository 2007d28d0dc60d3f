"""What buttons, lamp and buzzer are to the rest of the box, and how a box does without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.core.pins import Button
from appliance.core.presses import Edge
from appliance.core.signals import Colour
from appliance.errors import DeviceError

Heard = Callable[[Button, Edge], None]


class Buttons(Protocol):
    """Push buttons. Used in the event loop's thread."""

    @property
    def names(self) -> tuple[Button, ...]:
        """Those that can be heard."""

    def listen(self, heard: Heard) -> None:
        """`heard` is called in the running event loop for every edge from now on, bounces included."""

    def is_down(self, button: Button) -> bool:
        """How its pin is at this moment."""


class Lamp(Protocol):
    def show(self, colour: Colour) -> None:
        """From now on; at once."""


class Buzzer(Protocol):
    def sound(self, is_on: bool) -> None:
        """From now on; at once."""


class NoButtons:
    """Nobody ever presses one."""

    names: tuple[Button, ...] = ()

    def listen(self, heard: Heard) -> None:
        """Nothing to hear."""

    def is_down(self, button: Button) -> bool:
        raise AssertionError(f"this box has no button {button}")


@dataclass(frozen=True, slots=True)
class Controls:
    """What hangs on the header. `lamp` and `buzzer`: None where there is none. `faults`: by what cannot be used."""

    buttons: Buttons
    lamp: Lamp | None = None
    buzzer: Buzzer | None = None
    faults: tuple[tuple[str, DeviceError], ...] = ()


NO_CONTROLS = Controls(NoButtons())
