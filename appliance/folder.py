"""Where things lie in a box's data directory. Opens its settings and nothing else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from appliance import settings as settings_file
from appliance.errors import SettingsError
from appliance.settings import Settings


@dataclass(frozen=True, slots=True)
class Folder:
    """A data directory."""

    path: Path

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def ledger(self) -> Path:
        return self.path / "ledger.db"

    @property
    def frames(self) -> Path:
        return self.path / "frames"

    @property
    def paired_phones(self) -> Path:
        return self.path / "paired-phones.json"

    @property
    def runtime(self) -> Path:
        """What outlives the daemon and not the boot: systemd's runtime directory where there is one."""
        return Path(os.environ.get("RUNTIME_DIRECTORY", self.path / "run"))

    def settings(self) -> Settings:
        """SettingsError where this is no data directory or its settings have faults."""
        try:
            text = (self.path / "stallbox.toml").read_text()
        except OSError as error:
            raise SettingsError(
                "settings", f"{self.path} is not a box's data directory. Make one with: stallbox init BOXFOLDER"
            ) from error
        return settings_file.parse(text)
