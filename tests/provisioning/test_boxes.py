"""A new box: what it gets, what it must not get, and the card that is printed."""

from __future__ import annotations

import re
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from appliance import settings
from appliance.core import card, envelope, trust
from appliance.core.claim import ALPHABET
from appliance.core.envelope import Kind
from appliance.core.keys import read_private_key
from appliance.errors import SettingsError, WorkspaceError
from provisioning import boxes
from provisioning.keys import Keyring
from provisioning.quickstart import Started
from tests.organizer import NOW
from tests.reading import codes


def test_a_box_gets_key_settings_and_the_cards_digest(started: Started) -> None:
    """The key that the trust document lists, settings with name and pin, and what it may know of its card."""
    folder = started.box.folder
    assert sorted(path.name for path in folder.iterdir()) == ["box.key", "owner-card.json", "stallbox.toml"]
    key = read_private_key((folder / "box.key").read_bytes())
    read = settings.parse((folder / "stallbox.toml").read_text())
    assert (read.name, read.pin) == ("Stall 7", started.box.pin)
    assert key.public == started.box.box.key
    assert card.read_record((folder / "owner-card.json").read_bytes()) == card.card_hash(started.box.card)


def test_the_pinned_document_lists_the_box(started: Started) -> None:
    """The version that the box begins with is the one made for it."""
    read = envelope.read(started.workspace.trust(1).read_bytes(), Kind.TRUST)
    assert read.digest == started.box.pin
    assert trust.parse(read.payload).box(started.box.box.key.id) == started.box.box


def test_the_cards_secret_is_in_no_file_but_the_card(started: Started) -> None:
    """Not in the box's folder nor elsewhere in the workspace: it is on the picture alone."""
    assert re.fullmatch(f"[{ALPHABET}]{{26}}", started.box.card)
    for path in started.workspace.folder.rglob("*"):
        if path.is_file():
            assert started.box.card.encode() not in path.read_bytes()
    assert started.box.card not in repr(started.box)


def test_the_printed_card_pairs_a_phone(started: Started) -> None:
    """Its QR code opens the console's pairing page with the secret; it is a PNG and a PDF beside the box's folder."""
    picture = Image.open(BytesIO(started.workspace.card("Stall 7", "png").read_bytes()))
    assert codes(picture) == {f"https://10.42.0.1:8443/console/pair?card={started.box.card}"}
    assert started.workspace.card("Stall 7", "pdf").read_bytes().startswith(b"%PDF-")
    assert started.workspace.card("Stall 7", "pdf").parent == started.box.folder.parent


@pytest.mark.skipif(sys.platform == "win32", reason="there are no modes there")
def test_secrets_are_for_the_owner_alone(started: Started) -> None:
    """Key, card and its record cannot be read by others."""
    secret = [started.box.folder / "box.key", started.box.folder / "owner-card.json"]
    secret += [started.workspace.card("Stall 7", kind) for kind in ("png", "pdf")]
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}


def _add(started: Started, name: str, **tables: dict[str, str | int]) -> boxes.Added:
    root = Keyring(lambda asked: asked).root(started.workspace)
    return boxes.add(started.workspace, name, root, now=NOW, extra=tables)


def test_a_name_is_taken_once(started: Started) -> None:
    """Also where only capitals or blanks differ: the folder would be the same."""
    for name in ("Stall 7", "stall-7", "STALL 7"):
        with pytest.raises(WorkspaceError, match="another name"):
            _add(started, name)


def test_a_name_with_quotes_survives_the_settings(started: Started) -> None:
    """Whatever a person calls a box, stallbox.toml reads back as that."""
    added = _add(started, 'Ana\'s "blue" stall \\ ü')
    assert settings.parse((added.folder / "stallbox.toml").read_text("utf-8")).name == 'Ana\'s "blue" stall \\ ü'


def test_addresses_go_into_settings_and_card(started: Started, tmp_path: Path) -> None:
    """A box at another address says so on its card."""
    added = _add(started, "Stall 8", web={"public": "192.168.1.5", "console_port": 9443})
    picture = Image.open(BytesIO(started.workspace.card("Stall 8", "png").read_bytes()))
    assert codes(picture) == {f"https://192.168.1.5:9443/console/pair?card={added.card}"}


def test_settings_that_a_box_would_refuse_are_not_written(started: Started) -> None:
    """The box's own rules are asked first: nothing is half made."""
    with pytest.raises(SettingsError, match="port"):
        _add(started, "Stall 8", web={"port": 0})
    with pytest.raises(SettingsError, match="40 characters"):
        _add(started, "Stall " + "8" * 40)
    assert len(list((started.workspace.folder / "boxes").glob("*/"))) == 1
    assert not started.workspace.trust(2).exists()


def test_the_page_for_the_lid_knows_the_boxs_wifi_and_console(started: Started) -> None:
    """What stands in the settings is printed; without them the name alone, and lines to write on."""
    added = _add(started, "Stall 9", hotspot={"ssid": "Harbour", "passphrase": "harbour-12", "country": "DE"})
    page = boxes.lid_of(started.workspace, added.box)
    assert (page.box, page.wifi, page.console) == ("Stall 9", "Harbour", "https://10.42.0.1:8443/console")
    assert page.sells is False
    (added.folder / "stallbox.toml").unlink()
    assert boxes.lid_of(started.workspace, added.box).wifi is None
