"""The switches that keep a radio off: a fresh Raspberry Pi OS without a country has them all off.

NetworkManager keeps one, and at boot puts the kernel's where its own is; systemd keeps the kernel's of the last boot.
"""

from __future__ import annotations

import re

MANAGER = "var/lib/NetworkManager/NetworkManager.state"
KERNEL = "var/lib/systemd/rfkill/*:wlan"

_ENABLED = re.compile(r"^WirelessEnabled\s*=.*$", re.MULTILINE)
KERNEL_ON = "0\n"  # not blocked


def manager_on(text: str) -> str:
    """NetworkManager.state with Wi-Fi on. Where the file does not exist, it is."""
    return _ENABLED.sub("WirelessEnabled=true", text)
