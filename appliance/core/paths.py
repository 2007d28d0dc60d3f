"""File names inside a drop that are safe on every system where a buyer may unpack it.

FORMATS §2.2. Judges text only; the file system is never asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from appliance.errors import PaperError

MAX_BYTES = 180
MAX_LEVELS = 8
_FORBIDDEN = re.compile(r'[\\:*?"<>|]')
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE | re.DOTALL)


def bad_path(path: str, why: str) -> PaperError:
    shown = "".join(c if c.isprintable() else "\ufffd" for c in path[:100])
    return PaperError("bad-path", f"The file name “{shown}” {why}. Rename it and pack the drop again.")


def check_path(path: str) -> None:
    """PaperError `bad-path` with the reason unless the path may stand in a manifest."""
    why = _fault(path)
    if why is not None:
        raise bad_path(path, why)


def _fault(path: str) -> str | None:
    if not unicodedata.is_normalized("NFC", path):
        return "is not in Unicode's composed form (NFC)"
    if len(path.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return f"is longer than {MAX_BYTES} bytes"
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in path):
        return "has a control character"
    if found := _FORBIDDEN.search(path):
        return f"has the character {found.group()}"
    segments = path.split("/")
    if len(segments) > MAX_LEVELS:
        return f"lies more than {MAX_LEVELS} folders deep"
    return next((why for segment in segments if (why := _segment_fault(segment))), None)


def _segment_fault(segment: str) -> str | None:
    if not segment:
        return "has an empty part"
    if segment.startswith("."):
        return "is hidden or leads out of its folder"
    if segment[-1] in ". ":
        return "ends in a dot or a space"
    if _DEVICES.fullmatch(segment):
        return "is a device name on Windows"
    return None


def check_paths(paths: Iterable[str]) -> list[PaperError]:
    """Every fault of a set of paths: each path by itself, equal names, and names that are both file and folder."""
    faults: list[PaperError] = []
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in paths:
        try:
            check_path(path)
        except PaperError as fault:
            faults.append(fault)
            continue
        name = _fold(path)
        if name in files:
            faults.append(bad_path(path, f"differs from “{files[name]}” at most in upper and lower case"))
        files[name] = path
        segments = name.split("/")
        folders |= {"/".join(segments[:n]): path for n in range(1, len(segments))}
    faults += [bad_path(files[name], f"is also the folder of “{folders[name]}”") for name in files if name in folders]
    return faults


def _fold(path: str) -> str:
    return unicodedata.normalize("NFC", path.casefold())
