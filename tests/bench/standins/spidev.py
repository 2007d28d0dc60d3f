"""In place of Debian's spidev on a machine without SPI: takes every byte, and as long as the wire would."""

from __future__ import annotations

import time
from collections.abc import Sequence


class SpiDev:
    """A bus on which nobody listens."""

    def __init__(self) -> None:
        self.max_speed_hz = 4_000_000
        self.mode = 0

    def open(self, _bus: int, _device: int) -> None:
        pass

    def writebytes2(self, data: Sequence[int]) -> None:
        time.sleep(len(data) * 8 / self.max_speed_hz)

    xfer3 = writebytes2

    def close(self) -> None:
        pass
