"""Reads a bundle folder (FORMATS §7): bounded, without following a link, nothing verified yet.

Knows file names and limits. Blocks: call it in a thread.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

from appliance.core.envelope import MAX_ENVELOPE, Envelope, Kind, read
from appliance.errors import PaperError
from appliance.store.papers import MAX_PACK
from appliance.tree import Tree

MANIFEST = "manifest.dsse.json"
MAX_PAPERS = 4096
MAX_TOTAL = 64 * 1024 * 1024  # of its papers together: they are all in memory at once
_TRUST = re.compile(r"trust\.[1-9][0-9]{0,15}\.dsse\.json")
_ALLOTMENT = re.compile(r"allotment\.[1-9][0-9]{0,15}\.dsse\.json")


@dataclass(frozen=True, slots=True)
class Signed:
    """An envelope and the bytes it was read from, which are what is kept."""

    envelope: Envelope
    data: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was read of a bundle, good for as long as its folder is held open."""

    folder: Tree
    manifest: Signed
    trust: tuple[Signed, ...]
    allotments: tuple[Signed, ...]
    certificates: tuple[bytes, ...]

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """A file of the manifest, for reading; `bad-path` where a folder on the way is a link."""
        return self.folder.open(f"files/{path}")


def read_bundle(folder: Tree, box_id: str) -> Bundle:
    """The papers in a bundle. `missing-file`, `doc-too-large`, `doc-malformed` or `doc-role` where they are not."""
    names = folder.names(MAX_PAPERS)
    pack = f"certificates.{box_id}.ndjson"
    lines: tuple[bytes, ...] = ()
    if pack in names:
        data = folder.read(pack, MAX_PACK, "The certificate pack")
        if data and not data.endswith(b"\n"):
            raise PaperError("missing-file", "The certificate pack is not whole yet.")
        lines = tuple(data.split(b"\n")[:-1])
    papers = _Papers(folder)
    return Bundle(
        folder=folder,
        manifest=papers.read(MANIFEST, Kind.DROP),
        trust=tuple(papers.read(name, Kind.TRUST) for name in names if _TRUST.fullmatch(name)),
        allotments=tuple(papers.read(name, Kind.ALLOTMENT) for name in names if _ALLOTMENT.fullmatch(name)),
        certificates=lines,
    )


class _Papers:
    """Reads papers one by one, and stops where they are too much together."""

    def __init__(self, folder: Tree) -> None:
        self._folder = folder
        self._left = MAX_TOTAL

    def read(self, name: str, kind: Kind) -> Signed:
        data = self._folder.read(name, MAX_ENVELOPE, f"The paper {name}")
        self._left -= len(data)
        if self._left < 0:
            raise PaperError("doc-too-large", f"The papers in {self._folder.name} have more than {MAX_TOTAL} bytes.")
        return Signed(read(data, kind), data)
