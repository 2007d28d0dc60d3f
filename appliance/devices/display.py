"""What every display is to the rest of the box, whatever it is made of."""

from __future__ import annotations

from typing import Literal, Protocol, get_args

from PIL import Image

from appliance.core.pace import Pace

Mode = Literal["1", "RGB"]
MODES: tuple[Mode, ...] = get_args(Mode)


class Display(Protocol):
    """A panel or monitor. Methods block, for seconds on e-paper: call them in a thread, one at a time."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as the viewer sees them; a monitor's may change. DeviceError if it has none."""

    @property
    def pace(self) -> Pace:
        """How fast it may change."""

    @property
    def mode(self) -> Mode:
        """What frames must be: `1` for ink or no ink, `RGB` for colour."""

    def show(self, image: Image.Image) -> None:
        """Shows `image`, which has this display's size and mode. Returns when it is to be seen.

        Raises DeviceError when the display does not take it; it may be shown again later.
        """

    def is_showing(self) -> bool:
        """Whether what was shown last is still to be seen, as far as can be told at little cost; asked often."""

    def close(self) -> None:
        """Lets go of the hardware; what was shown last may stay. A second call does nothing."""
