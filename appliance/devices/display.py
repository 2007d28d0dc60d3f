"""What every display is to the rest of the box, whatever it is made of."""

from __future__ import annotations

from typing import Literal, Protocol, get_args

from PIL import Image

from appliance.core.pace import Pace
from appliance.errors import DeviceError

Mode = Literal["1", "RGB"]
MODES: tuple[Mode, ...] = get_args(Mode)
AT_ONCE_S = 10.0
"""`longest_s` of what is written by the kernel at once."""


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

    @property
    def longest_s(self) -> float:
        """Seconds after which a call that has not returned hangs."""

    def show(self, image: Image.Image) -> None:
        """Shows `image`, which has this display's size and mode. Returns when it is to be seen.

        Raises DeviceError when the display does not take it; it may be shown again later. ValueError for an image of
        another mode, or of another size where that never changes.
        """

    def is_showing(self) -> bool:
        """Whether what was shown last is still to be seen, as far as can be told at little cost; asked often."""

    def idle(self) -> None:
        """Does what a display needs while nothing changes; called every few seconds then. DeviceError as `show`."""

    def close(self) -> None:
        """Lets go of the hardware; what was shown last may stay. A second call does nothing."""


class NoAnswerError(DeviceError):
    """A display that was given its time and did not answer. Trying it again takes as long: do that rarely."""


def check_frame(image: Image.Image, size: tuple[int, int], mode: Mode) -> None:
    """ValueError where `image` was not drawn for a display of this size and mode: a mistake of ours, and loud."""
    if image.size != size or image.mode != mode:
        raise ValueError(f"a frame of {image.size} {image.mode} on a display of {size} {mode}")
