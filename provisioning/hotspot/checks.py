"""Shows every rendered file to the tool that will read it, before any of them is put in its place."""

from __future__ import annotations

import configparser
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from appliance.errors import HotspotError
from provisioning.hotspot import firewall, keyfile, names
from provisioning.hotspot.tools import run

AS_IF_ROOT = ("unshare", "--map-root-user", "--net")
"""nft asks the kernel even for a check; somebody who is not root gets a network of their own for it."""


def check(files: Mapping[str, str]) -> None:
    """HotspotError where NetworkManager, dnsmasq or nftables would not take a file, or not all of it."""
    for path, text in files.items():
        if path.startswith(keyfile.FOLDER):
            _check_connection(path, text)
        elif path == names.PATH:
            _check_with(text, "dnsmasq", "--test", "--conf-file={}")
        elif path == firewall.PATH:
            _check_with(text, *(() if os.geteuid() == 0 else AS_IF_ROOT), "nft", "--check", "--file", "{}")


def _check_connection(path: str, text: str) -> None:
    """nmcli drops without a word what it does not know, so what it gives back must hold all that it was given."""
    kept = _facts(run("nmcli", "--offline", "connection", "modify", "connection.zone", "", text=text))
    lost = [f"{section}.{key}" for (section, key), value in _facts(text).items() if kept.get((section, key)) != value]
    if lost:
        raise HotspotError("hotspot", f"NetworkManager here does not know {', '.join(lost)} of {Path(path).name}.")


def _facts(text: str) -> dict[tuple[str, str], str]:
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=False)
    parser.read_string(text)
    return {(section, key): value for section in parser.sections() for key, value in parser.items(section)}


def _check_with(text: str, *command: str) -> None:
    with tempfile.NamedTemporaryFile("w", prefix="stallbox-", suffix=".conf") as file:
        file.write(text)
        file.flush()
        run(*(word.format(file.name) for word in command))
