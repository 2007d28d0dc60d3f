"""What a box's network is to be, and which files differ from that. Reads; writes nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance import settings as settings_file
from appliance.core.network import Hotspot
from appliance.errors import KeyFileError, PaperError, SettingsError
from appliance.files import read_limited
from appliance.settings import Settings
from appliance.weblib.named import read_named
from provisioning.hotspot import found, names, others, request
from provisioning.hotspot.box import Box
from provisioning.hotspot.render import OURS, render

_MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes`: path below the root → new text, None where the file goes away."""

    text: str
    hotspot: Hotspot | None
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
    return Plan(text, settings.hotspot, files, {**_ours(box, files), **_edited(box, settings.hotspot)})


def nothing(box: Box) -> Plan:
    """No network of ours, whatever the settings say."""
    return Plan("", None, {}, {**_ours(box, {}), **_edited(box, None)})


def _ours(box: Box, files: Mapping[str, str]) -> dict[str, str | None]:
    return {path: files.get(path) for path in OURS if files.get(path) != _text(box.root / path)}


def _edited(box: Box, hotspot: Hotspot | None) -> dict[str, str]:
    """The files of others with our words in them; with those found before, where we have none to say."""
    patterns = others.wanted(hotspot)
    ours = {str(path.relative_to(box.root)): said for one, said in patterns.items() for path in box.root.glob(one)}
    changes = {}
    for path, said in (ours if patterns else found.read(box)).items():
        word, text = others.word_of(path), _text(box.root / path)
        if word is not None and text is not None and word.read(text) != said:
            changes[path] = word.put(text, said)
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
