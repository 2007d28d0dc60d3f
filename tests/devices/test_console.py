"""The console makes room for a picture, and nothing but a virtual terminal is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.devices.console import BARE, VT_ACTIVATE, VT_WAITACTIVE, bring_forward, virtual_terminal
from appliance.errors import DeviceError


@pytest.mark.parametrize(
    ("device", "number"),
    [((4, 1), 1), ((4, 63), 63), ((4, 0), None), ((4, 64), None), ((136, 1), None), ((1, 3), None)],
)
def test_which_device_is_a_virtual_terminal(device: tuple[int, int], number: int | None) -> None:
    """tty1 to tty63; not tty0, serial ports, pseudo terminals or /dev/null."""
    assert virtual_terminal(os.makedev(*device)) == number


def test_it_comes_forward_and_is_bare() -> None:
    """Only once the terminal is in front is it emptied: what is drawn after that stays."""
    ours, theirs = os.pipe()
    asked: list[tuple[int, int, int]] = []

    def control(terminal: int, request: int, number: int) -> None:
        asked.append((terminal, request, number))
        os.write(terminal, b"-")

    try:
        bring_forward(theirs, 8, control)
        assert asked == [(theirs, VT_ACTIVATE, 8), (theirs, VT_WAITACTIVE, 8)]
        assert os.read(ours, 100) == b"--" + BARE
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_kernel_that_refuses() -> None:
    """The refusal is told as the display's, with the terminal and the system's reason."""
    with Path(os.devnull).open() as device, pytest.raises(DeviceError, match=r"Terminal 8 cannot .+: Inappropriate"):
        bring_forward(device.fileno(), 8)
