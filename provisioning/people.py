"""Lists somebody in the roster and keeps their key: what cannot be listed leaves no key behind."""

from __future__ import annotations

from pathlib import Path

from appliance.core.keys import ContactKey, PrivateKey
from appliance.core.trust import Trust
from provisioning import roster
from provisioning.keys import keep
from provisioning.workspace import Workspace


def enlist(
    workspace: Workspace, grown: Trust, path: Path, key: PrivateKey | ContactKey, passphrase: str | None
) -> None:
    """Saves the roster `grown`, which names the key, and the key in `path`; WorkspaceError where either cannot be."""
    roster.check(grown)
    keep(path, key, passphrase)
    roster.save(workspace, grown)
