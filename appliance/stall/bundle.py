"""Reads a bundle folder (FORMATS §7): bounded, without following a link, nothing verified yet.

Knows file names and limits. Blocks: call it in a thread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from appliance.core.envelope import MAX_ENVELOPE, Envelope, Kind, read
from appliance.errors import PaperError
from appliance.files import read_limited
from appliance.store.papers import MAX_PACK

MAX_PAPERS = 4096
_TRUST = re.compile(r"trust\.[1-9][0-9]{0,15}\.dsse\.json")
_ALLOTMENT = re.compile(r"allotment\.[1-9][0-9]{0,15}\.dsse\.json")


@dataclass(frozen=True, slots=True)
class Signed:
    """An envelope and the bytes it was read from, which are what is kept."""

    envelope: Envelope
    data: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    folder: Path
    manifest: Signed
    trust: tuple[Signed, ...]
    allotments: tuple[Signed, ...]
    certificates: tuple[bytes, ...]

    def file(self, path: str) -> Path:
        """Where a file of the manifest lies; `bad-path` where a folder on the way is a link."""
        found = self.folder / "files"
        for segment in path.split("/"):
            if found.is_symlink():
                raise PaperError("bad-path", f"The folder of {path} is a link. Copy the folder itself.")
            found = found / segment
        return found


def read_bundle(folder: Path, box_id: str) -> Bundle:
    """The papers in a bundle. `missing-file`, `doc-too-large`, `doc-malformed` or `doc-role` where they are not."""
    if folder.is_symlink() or not folder.is_dir():
        raise PaperError("missing-file", f"{folder.name} is not a bundle: it is not a folder.")
    names = _names(folder)
    pack = folder / f"certificates.{box_id}.ndjson"
    lines: tuple[bytes, ...] = ()
    if pack.name in names:
        data = read_limited(pack, MAX_PACK, "The certificate pack")
        if data and not data.endswith(b"\n"):
            raise PaperError("missing-file", "The certificate pack is not whole yet.")
        lines = tuple(data.split(b"\n")[:-1])
    return Bundle(
        folder=folder,
        manifest=_read(folder / "manifest.dsse.json", Kind.DROP),
        trust=tuple(_read(folder / name, Kind.TRUST) for name in names if _TRUST.fullmatch(name)),
        allotments=tuple(_read(folder / name, Kind.ALLOTMENT) for name in names if _ALLOTMENT.fullmatch(name)),
        certificates=lines,
    )


def _names(folder: Path) -> list[str]:
    names: list[str] = []
    for path in folder.iterdir():
        names.append(path.name)
        if len(names) > MAX_PAPERS:
            raise PaperError("doc-too-large", f"{folder.name} holds more than {MAX_PAPERS} papers.")
    return sorted(names)


def _read(path: Path, kind: Kind) -> Signed:
    data = read_limited(path, MAX_ENVELOPE, f"The paper {path.name}")
    return Signed(read(data, kind), data)
