"""Runs the system's own tools; what they complain about becomes a sentence for the person who set the box up."""

from __future__ import annotations

import shutil
import subprocess

from appliance.errors import HotspotError

_TIMEOUT_S = 90.0
_PACKAGES = {
    "nmcli": "network-manager",
    "dnsmasq": "dnsmasq-base",
    "nft": "nftables",
    "iw": "iw",
    "unshare": "util-linux",
}


def run(*command: str, text: str | None = None) -> str:
    """What `command` printed; `text` is its standard input. HotspotError where it is missing, fails or hangs."""
    tool = find(command[0])
    try:
        done = subprocess.run(  # noqa: S603  # an argument list, no shell
            [tool, *command[1:]], input=text, capture_output=True, text=True, check=True, timeout=_TIMEOUT_S
        )
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip() or f"exit code {error.returncode}"
        raise HotspotError("hotspot", f"{command[0]} says: {said.rstrip('.')}.") from error
    except subprocess.TimeoutExpired as error:
        raise HotspotError("hotspot", f"{command[0]} did not end within {_TIMEOUT_S:.0f} s.") from error
    return done.stdout


def find(name: str) -> str:
    """The tool's path. HotspotError where this system lacks it."""
    # Administrators' folders are not on everybody's path.
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")
    if path is None:
        package = _PACKAGES.get(name, name)
        raise HotspotError("hotspot", f"{name} is missing here. Type: sudo apt-get install {package}")
    return path
