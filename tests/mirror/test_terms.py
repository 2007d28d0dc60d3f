"""The settings on a mirror, and what is sealed about them: they belong together whenever a cut comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.errors import PaperError
from appliance.files import make_folder
from appliance.store.mirror import keeping, reading
from appliance.store.mirror.places import Places
from tests.box import CARD
from tests.organizer import key

BEFORE, AFTER = b'name = "Stall 7"\n', b'name = "Stall 8"\n'


def test_cut_while_settings_change(tmp_path: Path) -> None:
    """The settings from before and the new ones are both the box's; nobody else's are, and later the new ones alone."""
    places = Places(tmp_path / "STALLBOX" / "MIRROR")
    make_folder(places.path.parent)
    kept = keeping.prepare(places, key("box"), CARD, is_sync=True, named=None)
    keeping.write_terms(places, kept, BEFORE)
    identity = reading.open_identity(places, CARD)

    places.settings.unlink()
    places.settings.mkdir()  # here the new ones cannot be written: as far as a cut came
    with pytest.raises(OSError, match=str(places.settings)):
        keeping.write_terms(places, kept, AFTER)
    places.settings.rmdir()
    for text in (BEFORE, AFTER):
        places.settings.write_bytes(text)
        assert reading.read_terms(places, identity)[1] == text
    places.settings.write_bytes(b'name = "Mine"\n')
    with pytest.raises(PaperError, match="not those of the box"):
        reading.read_terms(places, identity)

    keeping.write_terms(places, kept, AFTER)
    assert reading.read_terms(places, identity)[1] == AFTER
    places.settings.write_bytes(BEFORE)
    with pytest.raises(PaperError, match="not those of the box"):
        reading.read_terms(places, identity)
