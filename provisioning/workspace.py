"""Where everything lies in an organizer's folder, and how that folder is found.

Knows names of files and folders, never what is in them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import WorkspaceError

ROSTER = "organizer.json"
VARIABLE = "STALLBOX_WORKSPACE"


@dataclass(frozen=True, slots=True)
class Workspace:
    """One organizer's folder: the roster, the root key, further keys, signed papers, drops, boxes."""

    folder: Path

    @property
    def roster(self) -> Path:
        return self.folder / ROSTER

    @property
    def root_key(self) -> Path:
        return self.folder / "root.key"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def papers(self) -> Path:
        return self.folder / "papers"

    @property
    def bundles(self) -> Path:
        return self.folder / "bundles"

    def key(self, role: str, name: str) -> Path:
        """The key file of a creator, issuer, cosigner or contact."""
        return self.keys / f"{role}-{slug_of(name)}.key"

    def trust(self, version: int) -> Path:
        return self.papers / f"trust.{version}.dsse.json"

    def drop(self, slug: str) -> Path:
        return self.folder / "drops" / slug

    def box(self, name: str) -> Path:
        """The folder that the box itself gets, owner-card digest included, owner card not."""
        return self.folder / "boxes" / slug_of(name)

    def card(self, name: str, kind: str) -> Path:
        """The printable owner card (`kind`: pdf or png): beside the box's folder, because it is not for the box."""
        return self.folder / "boxes" / f"{slug_of(name)}.owner-card.{kind}"


def slug_of(name: str) -> str:
    """The name as a file name: `Ana Reyes` is `ana-reyes`. WorkspaceError where no letter or digit is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].strip("-")
    if not slug:
        raise WorkspaceError("workspace", f"“{name}” has no letter a–z and no digit: choose a name that has.")
    return slug


def create(folder: Path) -> Workspace:
    """The folders of a new workspace; refused where one is already."""
    check_free(folder)
    workspace = Workspace(folder.resolve())
    for path in (workspace.keys, workspace.papers, folder / "drops", folder / "boxes"):
        path.mkdir(parents=True, exist_ok=True)
    return workspace


def check_free(folder: Path) -> None:
    """WorkspaceError where a workspace is already."""
    if (folder / ROSTER).exists():
        raise WorkspaceError("workspace", f"{folder} is a workspace already: use it, or choose another folder.")


def find(named: Path | None, environment: Mapping[str, str], here: Path) -> Workspace:
    """The workspace that is named, else the one in STALLBOX_WORKSPACE, else the nearest one above `here`."""
    if named is None and environment.get(VARIABLE):
        named = Path(environment[VARIABLE])
    candidates = [named] if named is not None else [here, *here.parents]
    for folder in candidates:
        if (folder / ROSTER).is_file():
            return Workspace(folder.resolve())
    where = f"{named} is no workspace" if named is not None else "There is no workspace here"
    raise WorkspaceError("workspace", f"{where}: go to one, name it with --workspace, or make one with `init`.")
