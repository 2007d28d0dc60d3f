"""Names by which things are found on a local network (DNS-SD, RFC 6763). Knows their form, and no network."""

from __future__ import annotations

import unicodedata

MAX_LABEL = 63  # bytes of a name in DNS (RFC 1035 §2.3.4)
_ROOM = len("-99")  # for the number by which a second one of the name is told apart


def instance_name(name: str, nameless: str) -> str:
    """`name` as DNS-SD wants it: Net-Unicode (RFC 5198) of 60 bytes at most; `nameless` where nothing is left of it.

    A dot would part it in two for the library that writes it, so it becomes a blank.
    """
    label = " ".join(unicodedata.normalize("NFC", name).replace(".", " ").split())
    cut = label.encode()[: MAX_LABEL - _ROOM].decode(errors="ignore").rstrip()
    return cut or nameless
