"""What a page, a button or the terminal may ask of a task that runs beside them. Facts; `board` brings them over."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ExportToStick:
    """Write the sales onto the stick that is in, and make it safe to remove."""


@dataclass(frozen=True, slots=True)
class EjectStick:
    """Make the stick safe to remove."""


@dataclass(frozen=True, slots=True)
class UseAsMirror:
    """Prepare the stick that is in as the mirror. `card` is the owner card's text."""

    card: str = field(repr=False)
    is_sync: bool


@dataclass(frozen=True, slots=True)
class GoOnWithoutMirror:
    """Sell although the mirror stick is missing."""


@dataclass(frozen=True, slots=True)
class StopMirror:
    """Keep no mirror any more."""


@dataclass(frozen=True, slots=True)
class InvitePhone:
    """Show a code on the local displays that pairs a further phone."""


@dataclass(frozen=True, slots=True)
class SyncNow:
    """Bring the sales to the collector at once."""


@dataclass(frozen=True, slots=True)
class PowerOff:
    """Save everything, say goodbye, and switch the machine off."""


Command = ExportToStick | EjectStick | UseAsMirror | GoOnWithoutMirror | StopMirror | InvitePhone | SyncNow | PowerOff
