"""Which firmware the radio of a Pi 3B+, 4 or 5 loads: Raspberry Pi OS links it by a Debian alternative."""

from __future__ import annotations

from appliance.core.radio import Firmware

ALTERNATIVE = "cyfmac43455-sdio.bin"
LINK = f"etc/alternatives/{ALTERNATIVE}"
AUTO = "auto"  # the system chooses


def choose(listed: str, firmware: Firmware) -> str | None:
    """The path to set, out of what `update-alternatives --list` printed; None where this system has none such."""
    wanted = f"/cyfmac43455-sdio-{firmware}.bin"
    return next((path for path in listed.split() if path.endswith(wanted)), None)


def choice(queried: str) -> str:
    """`AUTO` or the path that somebody chose, out of what `update-alternatives --query` printed."""
    facts = dict(line.split(": ", 1) for line in queried.splitlines() if ": " in line)
    return AUTO if facts.get("Status") == AUTO else facts.get("Value", AUTO)
