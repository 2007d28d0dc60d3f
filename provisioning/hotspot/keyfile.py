"""The form of NetworkManager's connection files (nm-settings-keyfile(5)), and the names of those that are ours."""

from __future__ import annotations

from collections.abc import Mapping

FOLDER = "etc/NetworkManager/system-connections"

HOTSPOT = "stallbox-hotspot"
TETHER = "stallbox-tether"

Section = Mapping[str, str | int]

# NetworkManager gives a file without one a UUID made of its path; ours stay the same wherever the file lies.
_UUIDS = {
    HOTSPOT: "0b7dbd59-1d5e-4d0f-8c33-0f9a3f2f6a11",
    TETHER: "9a4f5d2c-7e18-4f63-b1d4-6c2a7d9e4c33",
}


def path(name: str) -> str:
    """Where the connection called `name` lies below the root."""
    return f"{FOLDER}/{name}.nmconnection"


def text(name: str, connection: Section, sections: Mapping[str, Section]) -> str:
    """The file of the connection called `name`, which comes up by itself whenever it can, for as long as it takes.

    NetworkManager would give up after four tries and rest for five minutes.
    """
    common: Section = {"id": name, "uuid": _UUIDS[name], "autoconnect-retries": 0}
    whole: Mapping[str, Section] = {"connection": {**common, **connection}, **sections}
    return "\n".join(_section(heading, facts) for heading, facts in whole.items())


def _section(heading: str, facts: Section) -> str:
    return "\n".join([f"[{heading}]", *(f"{key}={value}" for key, value in facts.items())]) + "\n"
