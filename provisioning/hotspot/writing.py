"""Puts texts in their places below a root: each file is the old one or the new one, also after a power cut."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from appliance.errors import HotspotError
from appliance.files import make_folder, sync_directory, write_durably
from provisioning.hotspot.render import mode

# As the one who owns the folder, so that a link put there cannot lead root to another file.
_AS_OWNER = 'umask 077 && cat >"$1.part" && sync "$1.part" && mv "$1.part" "$1" && sync "${1%/*}"'


def write(root: Path, changes: Mapping[str, str | None]) -> None:
    """Path below `root` → its new text; None removes the file. One that is there keeps its mode."""
    for name, text in changes.items():
        path = root / name
        if text is None:
            path.unlink()
            sync_directory(path.parent)
        else:
            make_folder(path.parent)
            write_durably(path, text.encode(), path.stat().st_mode & 0o777 if path.exists() else mode(name))


def write_as_owner(path: Path, text: str) -> None:
    """Replaces a file in a folder that belongs to somebody else, with no more rights than theirs."""
    if os.geteuid() != 0:
        write_durably(path, text.encode(), 0o600)
        return
    owner = path.parent.stat()
    try:
        subprocess.run(  # noqa: S603  # an argument list; the script is ours
            ["/bin/sh", "-c", _AS_OWNER, "sh", str(path)],
            input=text.encode(),
            user=owner.st_uid,
            group=owner.st_gid,
            extra_groups=(),
            capture_output=True,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise HotspotError("hotspot", f"{path} cannot be written ({error.stderr.decode().strip()}).") from error
