"""One drop's folder in the workspace: its manifests, allotments and certificates, and where its files lie.

Knows names and order of what is kept; makes and signs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.core import allotment, envelope, manifest
from appliance.core.allotment import Epochs
from appliance.core.documents import read_json
from appliance.core.envelope import MAX_ENVELOPE, Envelope, Kind
from appliance.core.manifest import Manifest
from appliance.core.trust import Chain
from appliance.errors import PaperError, WorkspaceError
from appliance.files import read_limited, write_durably
from provisioning.papers import certificate_lines
from provisioning.workspace import Workspace

_NUMBERED = re.compile(r"(manifest|allotment)\.([0-9]+)\.dsse\.json")


@dataclass(frozen=True, slots=True)
class DropFolder:
    path: Path

    @property
    def slug(self) -> str:
        return self.path.name

    @property
    def certificates(self) -> Path:
        """The lines of every number of the edition."""
        return self.path / "certificates.ndjson"

    def save_manifest(self, version: int, data: bytes) -> None:
        self._save(f"manifest.{version}.dsse.json", data)

    def save_allotment(self, epoch: int, data: bytes) -> None:
        self._save(f"allotment.{epoch}.dsse.json", data)

    def save_certificates(self, lines: list[bytes]) -> None:
        self._save(self.certificates.name, certificate_lines(lines))

    def save_source(self, folder: Path) -> None:
        """Notes where the files were packed, for the bundles."""
        self._save("source.json", json.dumps({"folder": str(folder.resolve())}).encode() + b"\n")

    def _save(self, name: str, data: bytes) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        write_durably(self.path / name, data)

    def source(self) -> Path:
        folder = read_json((self.path / "source.json").read_bytes(), "source.json", 65536).get("folder")
        return Path(str(folder))

    def newest(self) -> tuple[Manifest, bytes] | None:
        """The newest manifest and its envelope's bytes; None before the first packing."""
        found = max(self._numbered("manifest"), default=None)
        if found is None:
            return None
        data = read_limited(found[1], MAX_ENVELOPE, found[1].name)
        return manifest.parse(envelope.read(data, Kind.DROP).payload), data

    def allotments(self) -> list[tuple[int, bytes]]:
        """Epoch and bytes of every allotment, from the first."""
        found = sorted(self._numbered("allotment"))
        return [(epoch, read_limited(path, MAX_ENVELOPE, path.name)) for epoch, path in found]

    def epochs(self, packed: Manifest, chain: Chain) -> Epochs | None:
        """The allotments as a box would adopt them; None where there is none."""
        return allotment.extend(None, [_read_allotment(data) for _, data in self.allotments()], packed, chain)

    def lines(self) -> list[bytes]:
        """The certificate line of each number from 1; empty where none were signed."""
        return self.certificates.read_bytes().split(b"\n")[:-1] if self.certificates.exists() else []

    def _numbered(self, kind: str) -> Iterator[tuple[int, Path]]:
        for path in self.path.glob(f"{kind}.*.dsse.json"):
            match = _NUMBERED.fullmatch(path.name)
            if match is not None:
                yield int(match[2]), path


def _read_allotment(data: bytes) -> Envelope:
    return envelope.read(data, Kind.ALLOTMENT)


def packed_drop(workspace: Workspace, slug: str) -> tuple[DropFolder, Manifest, bytes]:
    """A drop that has been packed here: its folder, manifest and envelope; WorkspaceError names those there are."""
    folder = DropFolder(workspace.drop(slug))
    newest = folder.newest()
    if newest is None:
        names = ", ".join(drop.slug for drop in all_drops(workspace)) or "none yet"
        raise WorkspaceError("workspace", f"No drop is called {slug} (drops: {names}). Pack it with `drop pack`.")
    return folder, *newest


def all_drops(workspace: Workspace) -> list[DropFolder]:
    """Every drop that has been packed here, by slug."""
    folders = [DropFolder(path) for path in sorted((workspace.folder / "drops").glob("*"))]
    return [folder for folder in folders if _is_packed(folder)]


def _is_packed(folder: DropFolder) -> bool:
    try:
        return folder.newest() is not None
    except PaperError as error:
        raise WorkspaceError("workspace", f"{folder.path} is damaged: {error.detail}") from error
