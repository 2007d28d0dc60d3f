"""[sync]: where the organizer's collector is, if the box is to send its sales over the network by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.settings.table import Table

_LABEL = "[A-Za-z0-9-]{1,63}"
_URL = re.compile(rf"(https://{_LABEL}(\.{_LABEL}){{0,9}}\.?|http://(127\.0\.0\.1|localhost))(:[0-9]{{1,5}})?")
_FILE = re.compile(r"[A-Za-z0-9._-]{1,64}\.pem")


@dataclass(frozen=True, slots=True)
class Sync:
    """`url` None: only by stick, by file, and to the organizer's laptop in the hotspot. `ca`: beside the settings."""

    url: str | None
    ca: str | None
    local: bool


def read_sync(reader: Table) -> Sync:
    """`local = false` turns away the organizer's laptop, too."""
    return Sync(
        url=reader.optional("url", _URL, "the collector's address, such as https://collector.example.org"),
        ca=reader.optional("ca", _FILE, "the name of a PEM file in the box's data directory"),
        local=reader.flag("local", default=True),
    )
