"""Signed documents on disk: every version that was adopted, as the bytes that were signed.

Knows file names and atomic writes; verifies nothing. `stall` verifies on the way in, and again at each start.
"""

from __future__ import annotations

import re
from pathlib import Path

from appliance.core.envelope import MAX_ENVELOPE
from appliance.files import make_folder, read_limited, write_durably
from appliance.store.writing import writing

MAX_PACK = 10_000 * 4097
_NUMBERED = re.compile(r"(trust|manifest|allotment|clock-reset)\.([1-9][0-9]{0,15})\.dsse\.json")
_DROP = re.compile(r"[0-9a-f]{16}")


class PaperShelf:
    """The folder `papers/`: trust documents and clock-resets, and one folder per drop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_folder(folder)

    def trust(self) -> list[bytes]:
        return _read(self._folder, "trust")

    def keep_trust(self, version: int, envelope: bytes) -> None:
        """PaperError `no-space` or StoreError `not-ready` where the disk refuses, as `keep_drop`."""
        with writing(f"Trust document {version}"):
            write_durably(self._folder / f"trust.{version}.dsse.json", envelope)

    def resets(self) -> list[bytes]:
        """Every clock-reset that came, oldest first."""
        return _read(self._folder, "clock-reset")

    def keep_reset(self, n: int, envelope: bytes) -> None:
        """As `keep_trust`."""
        with writing(f"Clock-reset {n}"):
            write_durably(self._folder / f"clock-reset.{n}.dsse.json", envelope)

    def drops(self) -> list[str]:
        """The drop ids held."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir() and _DROP.fullmatch(path.name))

    def manifests(self, drop: str) -> list[bytes]:
        """Every manifest version held, oldest first."""
        return _read(self._folder / drop, "manifest")

    def allotments(self, drop: str) -> list[bytes]:
        """Every epoch held, oldest first."""
        return _read(self._folder / drop, "allotment")

    def certificates(self, drop: str) -> list[bytes]:
        """The certificates held, one line each without its end."""
        path = self._folder / drop / "certificates.ndjson"
        if not path.exists():
            return []
        return read_limited(path, MAX_PACK, "The certificate pack").split(b"\n")[:-1]

    def keep_drop(
        self, drop: str, manifest: tuple[int, bytes], allotments: dict[int, bytes], certificates: list[bytes]
    ) -> None:
        """Keeps a drop's papers; the manifest comes last, so that a drop is there whole or not at all."""
        folder = self._folder / drop
        with writing("A paper of the drop"):
            make_folder(folder)
            for epoch, envelope in allotments.items():
                write_durably(folder / f"allotment.{epoch}.dsse.json", envelope)
            write_durably(folder / "certificates.ndjson", b"".join(line + b"\n" for line in certificates))
            version, envelope = manifest
            write_durably(folder / f"manifest.{version}.dsse.json", envelope)


def _read(folder: Path, kind: str) -> list[bytes]:
    if not folder.is_dir():
        return []
    found = []
    for path in folder.iterdir():
        match = _NUMBERED.fullmatch(path.name)
        if match and match[1] == kind:
            found.append((int(match[2]), read_limited(path, MAX_ENVELOPE, f"The paper {path.name}")))
    return [data for _, data in sorted(found)]
