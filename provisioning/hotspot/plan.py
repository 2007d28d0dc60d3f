"""What a box's network is to be, and which files differ from that. Reads; writes nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance import settings as settings_file
from appliance.errors import KeyFileError, PaperError, SettingsError
from appliance.files import read_limited
from appliance.settings import Settings
from appliance.weblib.named import read_named
from provisioning.hotspot import names, request
from provisioning.hotspot.render import OURS, edits, render

_MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box's files lie. `root` is `/` on the box itself, else the folder of an image."""

    root: Path
    data: Path

    @property
    def settings(self) -> Path:
        return self.data / "stallbox.toml"

    @property
    def card(self) -> Path:
        """The request for another network, where a laptop can write it."""
        return self.root / "boot/firmware/stallbox-hotspot.toml"

    @property
    def kept(self) -> Path:
        """What is in force and what was before; root's, since the data directory is not."""
        return self.root / "var/lib/stallbox-hotspot"


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes`: path below the root → new text, None where the file goes away."""

    text: str
    settings: Settings
    files: Mapping[str, str]
    changes: Mapping[str, str | None]

    @property
    def table(self) -> str:
        return request.table_in(self.text)


def read_settings(box: Box) -> str:
    """stallbox.toml. SettingsError where there is no box yet."""
    try:
        return read_limited(box.settings, _MAX_BYTES, str(box.settings)).decode()
    except PaperError as error:
        raise SettingsError("settings", f"{error.detail} Make a box first: stallbox init BOXFOLDER") from error
    except UnicodeDecodeError as error:
        raise SettingsError("settings", f"{box.settings} is no plain text in UTF-8.") from error


def plan(box: Box, text: str) -> Plan:
    """What the settings in `text` ask for. SettingsError with every fault and its fix."""
    settings = settings_file.parse(text)
    files = render(settings, certified=_certified(box, settings), watched=(box.root / names.PIPE).is_fifo())
    return Plan(text, settings, files, {**_ours(box, files), **_edited(box, settings)})


def _ours(box: Box, files: Mapping[str, str]) -> dict[str, str | None]:
    return {path: files.get(path) for path in OURS if files.get(path) != _text(box.root / path)}


def _edited(box: Box, settings: Settings) -> dict[str, str]:
    changes = {}
    for pattern, edit in edits(settings).items():
        for path in box.root.glob(pattern):
            text = _text(path)
            if text is not None and edit(text) != text:
                changes[str(path.relative_to(box.root))] = edit(text)
    return changes


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def _certified(box: Box, settings: Settings) -> bool:
    if settings.portal.name is None:
        return False
    try:
        named = read_named(box.data / "keys", settings.portal.name)
    except KeyFileError:
        return False  # the box itself says what is wrong with it; without it phones lack a hint and nothing else
    return named is not None and named.serves(int(time.time()), None)
