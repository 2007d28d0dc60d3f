"""Sets a box up: its key, settings and owner card's digest go from the organizer's folder into a data directory."""

from __future__ import annotations

from pathlib import Path

from appliance import settings as settings_file
from appliance.core.card import read_record
from appliance.core.keys import read_private_key
from appliance.errors import PaperError, SettingsError
from appliance.files import make_folder, read_limited, read_secret, write_durably
from appliance.settings import Settings


def found(box_folder: Path, data: Path) -> Settings:
    """Copies what `box add` made. SettingsError or KeyFileError where it is not whole or `data` is a box already."""
    if (data / "stallbox.toml").exists():
        raise SettingsError("settings", f"{data} is a box already. Nothing was changed.")
    try:
        text = (box_folder / "stallbox.toml").read_text()
    except OSError as error:
        raise SettingsError(
            "settings", f"{box_folder} is not what `stallbox-organizer box add` makes: stallbox.toml is missing."
        ) from error
    settings = settings_file.parse(text)
    key = read_secret(box_folder / "box.key")
    read_private_key(key)
    try:
        card = read_limited(box_folder / "owner-card.json", 1024, "owner-card.json")
        read_record(card)
    except PaperError as error:
        raise SettingsError("settings", f"{box_folder / 'owner-card.json'} does not hold: {error.detail}") from error
    keys = data / "keys"
    make_folder(keys, 0o700)
    write_durably(keys / "box.key", key, 0o600)
    write_durably(keys / "owner-card.json", card, 0o600)
    write_durably(data / "stallbox.toml", text.encode(), 0o600)
    return settings
