"""The switches that keep a radio off: a fresh Raspberry Pi OS without a country has them all off.

NetworkManager keeps one, and at boot puts the kernel's where its own is; systemd keeps the kernel's of the last boot.
"""

from __future__ import annotations

import re

MANAGER = "var/lib/NetworkManager/NetworkManager.state"
KERNEL = "var/lib/systemd/rfkill/*:wlan"

MANAGER_ON = "true"  # as it is also where the file does not exist
MANAGER_OFF = "false"
KERNEL_ON = "0"  # not blocked

_ENABLED = re.compile(r"^WirelessEnabled\s*=\s*(.*)$", re.MULTILINE)


def in_manager(text: str) -> str:
    """Whether NetworkManager.state has Wi-Fi on; empty where it does not say."""
    found = _ENABLED.search(text)
    return found[1].strip() if found else ""


def on_manager(text: str, word: str) -> str:
    """NetworkManager.state with Wi-Fi on or off."""
    return _ENABLED.sub(f"WirelessEnabled={word}", text)


def in_kernel(text: str) -> str:
    """What the kernel's switch was at the last shutdown."""
    return text.strip()


def on_kernel(_text: str, word: str) -> str:
    """The file holds nothing else."""
    return f"{word}\n"
