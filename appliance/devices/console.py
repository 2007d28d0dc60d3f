"""The virtual terminal that a picture stands on: brought to the front, empty, so that no text falls on the picture.

Logins and the kernel's messages stay on the first terminal, where Alt+F1 leads. See console_codes(4), ioctl_console(2).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable

from appliance.errors import DeviceError

VT_ACTIVATE = 0x5606
VT_WAITACTIVE = 0x5607
BARE = b"\033c\033[9;0]\033[?25l"  # a fresh terminal, never blanked, without a cursor

_TTY_MAJOR = 4
_TERMINALS = range(1, 64)

Control = Callable[[int, int, int], object]


def virtual_terminal(device: int) -> int | None:
    """8 for the device number of /dev/tty8; None for any other device, such as a terminal window."""
    is_virtual = os.major(device) == _TTY_MAJOR and os.minor(device) in _TERMINALS
    return os.minor(device) if is_virtual else None


def bring_forward(terminal: int, number: int, control: Control = fcntl.ioctl) -> None:
    """Shows virtual terminal `number`, which is open as `terminal`, and bare.

    DeviceError where the kernel refuses: it does not to a process whose controlling terminal this is.
    """
    try:
        control(terminal, VT_ACTIVATE, number)
        control(terminal, VT_WAITACTIVE, number)
        os.write(terminal, BARE)
    except OSError as error:
        raise DeviceError("device", f"Terminal {number} cannot be brought forward: {error.strerror}.") from error
