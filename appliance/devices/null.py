"""The display of a box that has none."""

from __future__ import annotations

from PIL import Image

from appliance.core.pace import Pace
from appliance.devices.display import AT_ONCE_S, Mode, check_frame


class NullDisplay:
    """Takes every frame and shows none."""

    size = (250, 122)
    mode: Mode = "1"
    pace = Pace.SLOW
    longest_s = AT_ONCE_S

    def show(self, image: Image.Image) -> None:
        """Nothing to see."""
        check_frame(image, self.size, self.mode)

    def is_showing(self) -> bool:
        """Nothing to show again."""
        return True

    def idle(self) -> None:
        """Nothing to look after."""

    def close(self) -> None:
        """Nothing to let go of."""
