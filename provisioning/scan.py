"""A creator's folder as a list of files that may be sold: what is in, what was skipped, what is wrong.

Knows which names systems leave behind and that a link is never followed; hashes nothing.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.core.manifest import MAX_FILES
from appliance.core.paths import bad_path, check_paths
from appliance.errors import PaperError

# What Windows, macOS and their unpackers leave in folders without a leading dot.
_LEFT_BEHIND = frozenset(
    {
        "thumbs.db",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "desktop.ini",
        "icon\r",
        "__macosx",
        "$recycle.bin",
        "system volume information",
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """One file: `path` as the manifest writes it (NFC, `/`), `source` as this system opens it."""

    path: str
    source: Path


@dataclass(frozen=True, slots=True)
class Scan:
    files: tuple[Found, ...]  # by path
    skipped: tuple[str, ...]
    faults: tuple[PaperError, ...]


def scan(folder: Path) -> Scan:
    """Everything below `folder`, with all faults at once; `missing-file` where it is no folder."""
    if not folder.is_dir():
        raise PaperError("missing-file", f"{folder} is not a folder: name the folder that holds the drop's files.")
    files: list[Found] = []
    skipped: list[str] = []
    faults: list[PaperError] = []
    for entry, path in _walk(folder, ""):
        if _is_left_behind(entry.name):
            skipped.append(path)
        elif entry.is_symlink():
            faults.append(PaperError("bad-path", f"“{path}” is a link: put the file itself in its place."))
        elif entry.is_file(follow_symlinks=False):
            files.append(Found(path, Path(entry.path)))
        else:
            faults.append(PaperError("bad-path", f"“{path}” is neither a file nor a folder: take it out."))
    files.sort(key=lambda found: found.path)
    faults += check_paths(found.path for found in files)
    if not files:
        faults.append(PaperError("missing-file", f"There is nothing to sell in {folder}: put files into it."))
    if len(files) > MAX_FILES:
        faults.append(bad_path(files[MAX_FILES].path, f"is one too many: a drop has at most {MAX_FILES} files"))
    return Scan(tuple(files), tuple(sorted(skipped)), tuple(faults))


def _walk(folder: Path, prefix: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Files, links and skipped folders; a folder that is kept gives what is in it."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            path = prefix + unicodedata.normalize("NFC", entry.name)
            if entry.is_dir(follow_symlinks=False) and not _is_link(entry) and not _is_left_behind(entry.name):
                yield from _walk(Path(entry.path), path + "/")
            else:
                yield entry, path


def _is_link(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() or (hasattr(entry, "is_junction") and entry.is_junction())


def _is_left_behind(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LEFT_BEHIND
