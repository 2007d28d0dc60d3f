"""What lies where on a stick (FORMATS §7): the names under `STALLBOX/`, in capitals or not, and how many are looked at.

Judges names only. What does not match is somebody else's, and is neither read nor written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HOME = "STALLBOX"
PAPERS = "PAPERS"
OUT = "OUT"
ACK = "ACK"
MIRROR = "MIRROR"
PAPER_ENDING = ".dsse.json"
MAX_NAMES = 4096  # in one folder: the bundles, the papers, the answers
MAX_BUNDLES = 64
MAX_PAPERS = 256
MAX_PAPER_BYTES = 32 * 1024 * 1024  # of all papers without a drop together
MAX_ANSWERS = 1024

_CAPITALS = re.IGNORECASE | re.ASCII  # without the second, ſ would be an S
_BUNDLE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}-v[1-9][0-9]{0,15}\.drop", _CAPITALS)
_PAPER = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}\.dsse\.json", _CAPITALS)
_ANSWER = re.compile(r"STALLBOX-[0-9A-F]{16}-[0-9A-F]{8}-[0-9]{10}\.ACK\.JSON", _CAPITALS)


def own_name(names: Iterable[str], wanted: str) -> str | None:
    """How `wanted` is written here: as it should be, else in other capitals, else (None) not at all."""
    found = sorted(name for name in names if name.isascii() and name.upper() == wanted)
    return wanted if wanted in found else next(iter(found), None)


def bundles(names: Iterable[str]) -> list[str]:
    """The bundles among names, sorted."""
    return sorted(name for name in names if _BUNDLE.fullmatch(name))


def papers(names: Iterable[str]) -> list[str]:
    """The papers without a drop."""
    return sorted(name for name in names if _PAPER.fullmatch(name))


def answers(names: Iterable[str], box: str) -> list[str]:
    """The collector's answers to this box, the oldest incarnation and the lowest entry first."""
    mine = f"STALLBOX-{box}-".upper()
    return sorted(name for name in names if _ANSWER.fullmatch(name) and name.upper().startswith(mine))
