"""A new box: its key, its place in the trust document, its settings and its owner card.

Knows what the box gets to know: its own key, the pin, and of the owner card only a digest. The card itself is
returned to be printed, and stays beside the box's folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance import settings
from appliance.core.card import make_secret, write_record
from appliance.core.keys import PrivateKey
from appliance.core.pins import Button
from appliance.core.trust import Member
from appliance.draw import card as drawing
from appliance.draw.card import OwnerCard
from appliance.draw.lid import Lid
from appliance.errors import WorkspaceError
from appliance.files import read_limited, write_durably
from provisioning import roster, trust
from provisioning.keys import new_signing_key
from provisioning.people import enlist
from provisioning.workspace import Workspace

BASE = "http://10.42.0.1"  # a box's own address in its hotspot (DESIGN §7)
_ANY_PIN = "0" * 64
Setting = str | int


@dataclass(frozen=True, slots=True)
class Added:
    """A box that was just added. `card` is the secret on its owner card, which is written nowhere else."""

    box: Member
    folder: Path
    pin: str
    card: str

    def __repr__(self) -> str:
        return f"Added({self.box.name!r}, {self.folder})"


def add(
    workspace: Workspace,
    name: str,
    root: PrivateKey,
    *,
    now: int,
    extra: Mapping[str, Mapping[str, Setting]] | None = None,
) -> Added:
    """Makes the box and signs the trust document that lists it, which is the one that the box pins.

    The folder holds what `stallbox init` reads: stallbox.toml, box.key, owner-card.json. `extra` are more tables for
    stallbox.toml, by their headings; `[display]` heads one of several displays.
    """
    name = roster.composed(name)
    folder = workspace.box(name)
    if folder.exists():
        raise WorkspaceError("workspace", f"There is a box called “{name}” in {folder}: choose another name.")
    settings_text(name, _ANY_PIN, extra or {})  # refused before anything is made
    key = new_signing_key()
    box = Member(key.public, name)
    enlist(workspace, roster.with_box(roster.load(workspace), box), folder / "box.key", key, None)
    document, _ = trust.sign(workspace, [root], now)
    card = make_secret(os.urandom(17))
    write_durably(folder / "owner-card.json", write_record(card), 0o600)
    text = settings_text(name, document.digest, extra or {})
    write_durably(folder / "stallbox.toml", text.encode())
    parsed = settings.parse(text)
    wifi = parsed.hotspot.ssid if parsed.hotspot else None
    _print_card(workspace, OwnerCard(name, card, pairing_link(parsed.web, card), wifi))
    return Added(box, folder, document.digest, card)


def pairing_link(web: settings.Web, card: str) -> str:
    """The console's page that pairs the phone which opens it, once its owner has agreed there."""
    return f"{_console(web)}/pair?card={card}"


def _console(web: settings.Web) -> str:
    return f"https://{web.public}:{web.console_port}/console"


def _print_card(workspace: Workspace, card: OwnerCard) -> None:
    write_durably(workspace.card(card.box, "pdf"), drawing.pdf(card), 0o600)
    write_durably(workspace.card(card.box, "png"), drawing.png(card), 0o600)


def settings_text(name: str, pin: str, extra: Mapping[str, Mapping[str, Setting]]) -> str:
    """stallbox.toml, read back with the box's own rules before it is handed over."""
    tables = {"box": {"name": name}, "trust": {"pin": pin}, **extra}
    text = "\n".join(_table(heading, table) for heading, table in tables.items())
    settings.parse(text)
    return text


def _table(heading: str, table: Mapping[str, Setting]) -> str:
    # A JSON string of printable text is a TOML basic string.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    return "\n".join([f"[[{heading}]]" if heading == "display" else f"[{heading}]", *lines]) + "\n"


def pin_of(workspace: Workspace, box: Member) -> str:
    """The digest that the box's settings pin; WorkspaceError where its folder was moved away."""
    path = _settings_path(workspace, box)
    if not path.exists():
        raise WorkspaceError("workspace", f"{path} is missing: it says which trust document the box begins with.")
    return _settings(path).pin


def base_of(workspace: Workspace, box: Member) -> str:
    """What links to the box begin with; the address that every box has by itself where its folder was moved away."""
    path = _settings_path(workspace, box)
    return _settings(path).web.base if path.exists() else BASE


def lid_of(workspace: Workspace, box: Member) -> Lid:
    """What the page in the box's lid says of it; without its Wi-Fi where its folder was moved away."""
    path = _settings_path(workspace, box)
    if not path.exists():
        return Lid(box.name)
    known = _settings(path)
    wifi = known.hotspot.ssid if known.hotspot else None
    return Lid(box.name, wifi, _console(known.web), sells=Button.SELL in known.header.buttons)


def _settings_path(workspace: Workspace, box: Member) -> Path:
    return workspace.box(box.name) / "stallbox.toml"


def _settings(path: Path) -> settings.Settings:
    return settings.parse(read_limited(path, 65536, path.name).decode())
