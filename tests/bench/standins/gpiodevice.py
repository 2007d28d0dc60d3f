"""In place of gpiodevice on a machine without a header: free pins, and a BUSY that is over when asked again."""

from __future__ import annotations

from typing import Any

from gpiod.line import Value

friendly_errors = False


class _Chip:
    """A chip, and what was requested from it."""

    def __init__(self) -> None:
        self._is_over = False

    def line_offset_from_id(self, pin: int) -> int:
        return pin

    def request_lines(self, consumer: str, config: dict[int, Any]) -> _Chip:
        return self

    def set_value(self, _pin: int, _value: Value) -> None:
        pass

    def get_value(self, _pin: int) -> Value:
        self._is_over = not self._is_over
        return Value.INACTIVE if self._is_over else Value.ACTIVE


def find_chip_by_platform() -> _Chip:
    return _Chip()


def check_pins_available(_chip: _Chip, _pins: dict[str, int]) -> bool:
    return True
