"""The country, for the kernel: as an option of its module, and on the command line of a Pi, where it would win.

A radio that is not told a country stays off, or keeps to what is allowed everywhere.
"""

from __future__ import annotations

PATH = "etc/modprobe.d/stallbox.conf"
CMDLINE = "boot/firmware/cmdline.txt"
_OPTION = "cfg80211.ieee80211_regdom="


def render(country: str) -> str:
    """The module option (modprobe.d(5))."""
    return f"options cfg80211 ieee80211_regdom={country}\n"


def in_cmdline(text: str) -> str:
    """The country in cmdline.txt, empty where there is none. Of several the kernel takes the last."""
    return next((word.removeprefix(_OPTION) for word in reversed(text.split()) if word.startswith(_OPTION)), "")


def on_cmdline(text: str, country: str) -> str:
    """cmdline.txt with the country in the place of any other. It is one line: a second one would not be read."""
    words = [word for word in text.split() if not word.startswith(_OPTION)]
    return " ".join([*words, _OPTION + country] if country else words) + "\n"
