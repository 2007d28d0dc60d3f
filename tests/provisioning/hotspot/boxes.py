"""Settings of three stalls, and the folder of an image in which such a box lies."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from appliance.errors import HotspotError
from provisioning.hotspot.box import Box
from provisioning.hotspot.checks import AS_IF_ROOT
from provisioning.hotspot.tools import find

PIN = "0" * 64
HEAD = f'[box]\nname = "Stall 7"\n\n[trust]\npin = "{PIN}"\n'

WPA2 = """\
[hotspot]
ssid = "Stall 7"
passphrase = "harbour-12"
country = "DE"
channel = 6
tether = true
"""
OPEN = """\
[hotspot]
ssid = "Stall 8"
open = true
country = "GB"
band = "5 GHz"
channel = 149
firmware = "minimal"
"""
EXTERNAL = """\
[hotspot]
ssid = "Stall 9"
passphrase = "harbour-12"
access_point = "external"
"""
NAMED = '[portal]\nname = "stall-9.example.org"\n'

TABLES = {"2.4 GHz WPA2": WPA2, "5 GHz open": OPEN, "external access point": EXTERNAL}


def toml(table: str, more: str = "") -> str:
    """A stallbox.toml with this [hotspot]; `more` comes after it."""
    return "\n".join(filter(None, (HEAD, table, more)))


def image(root: Path, text: str) -> Box:
    """A box below `root` as on a fresh card: cmdline.txt without a country, Wi-Fi switched off, a file for requests."""
    box = Box(root, root / "var/lib/stallbox")
    files = {
        box.settings: text,
        root / "boot/firmware/cmdline.txt": "console=tty1 root=PARTUUID=1-02 cfg80211.ieee80211_regdom=US rootwait\n",
        root / "var/lib/NetworkManager/NetworkManager.state": "[main]\nNetworkingEnabled=true\nWirelessEnabled=false\n",
        root / "var/lib/systemd/rfkill/platform-fe300000.mmcnr:wlan": "1\n",
        root / "var/lib/systemd/rfkill/platform-soc:bluetooth": "1\n",
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return box


def skip_without(*tools: str) -> None:
    """Skips the test where one of the system's tools is missing."""
    for tool in tools:
        try:
            find(tool)
        except HotspotError:
            pytest.skip(f"{tool} is not installed")
    if "nft" in tools and os.geteuid() != 0 and subprocess.run([*AS_IF_ROOT, "true"], check=False).returncode:
        pytest.skip("nft needs root here: this kernel gives nobody else a network of their own")
