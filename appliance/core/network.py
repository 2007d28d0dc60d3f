"""The network that buyers join: the box's addresses in it, and the join code that phones' cameras read.

Knows the names and passphrases that every phone reads alike, and how many characters the smallest display has room for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from appliance.core.radio import Radio

ON_LINK = "10.42.0.1"
"""The box's own address, which links and QR codes hold."""

CAUGHT = "198.51.100.1"
"""What every name leads to: an address of TEST-NET-2 (RFC 5737), since some Androids do not even try a private one."""

# Letters that neither of the two ways to escape a join code touches. A reader may take a name of hex digits for hex.
SSID = re.compile(r"(?![0-9A-Fa-f]+$)[A-Za-z0-9.-](?:[A-Za-z0-9 .-]{0,30}[A-Za-z0-9.-])?")
PASSPHRASE = re.compile(r"[A-Za-z0-9.-][A-Za-z0-9 .-]{6,61}[A-Za-z0-9.-]")

_ROOM = 42  # bytes in a QR code of 29 modules at level M: on 122 rows they are three pixels wide, with their margin


def join_text(ssid: str, passphrase: str | None) -> str:
    """What the join code says: the form that ZXing defined and the WPA3 specification took up in its section 7.

    An open network is named so: without `T` the camera of an iPhone does not join.
    """
    if passphrase is None:
        return f"WIFI:T:nopass;S:{ssid};;"
    return f"WIFI:T:WPA;S:{ssid};P:{passphrase};;"


def excess(ssid: str, passphrase: str | None) -> int:
    """How many characters too long the join code is for a display of 250x122; 0 where it fits."""
    return max(0, len(join_text(ssid, passphrase)) - _ROOM)


@dataclass(frozen=True, slots=True)
class Hotspot:
    """The network as the stall owner set it."""

    ssid: str
    passphrase: str | None = field(repr=False)  # None: everybody may join
    interface: str
    radio: Radio | None  # None: an access point of its own hangs on `interface`
    tether: bool  # the owner's phone may lend its internet by USB
    seats: int | None  # phones at once, where that is known

    @property
    def join(self) -> str:
        """What the join code says."""
        return join_text(self.ssid, self.passphrase)
