"""The display of a box that has none."""

from __future__ import annotations

from PIL import Image

from appliance.core.pace import Pace
from appliance.devices.display import Mode


class NullDisplay:
    """Takes every frame and shows none."""

    size = (250, 122)
    mode: Mode = "1"
    pace = Pace.SLOW

    def show(self, image: Image.Image) -> None:
        """Nothing to see."""

    def is_showing(self) -> bool:
        """Nothing to show again."""
        return True

    def close(self) -> None:
        """Nothing to let go of."""
