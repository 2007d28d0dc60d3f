"""What is wrong with the box, in the language of its owner."""

from __future__ import annotations

import html

import pytest

from appliance.core.status import Fault
from appliance.web.faults import Told, told
from tests.web.clients import PERSON
from tests.web.served import Box

FULL = Fault("seats-taken", "All 19 places on the Wi-Fi are taken. Ask those who have their files to leave it.")
HOT = Fault("warm", "The box is getting hot. Put it into the shade and give it air. You can go on selling.")
DEVICE = Fault("device", "The panel has stopped: no paper. It is tried again.")


@pytest.mark.parametrize("fault", [FULL, HOT, DEVICE, Fault("unheard-of", "Something else.")])
def test_in_english(fault: Fault) -> None:
    """English says what was said where the fault was found, and nothing beside it."""
    assert told(fault) == Told(fault.text)


async def test_on_the_console(box: Box) -> None:
    """A sentence of the catalogue is said whole; else the fault's kind, with the English sentence and its details."""
    for fault in (FULL, HOT, DEVICE):
        box.stall.house.note(fault.code, fault)
    headers = PERSON | {"Accept-Language": "de"}
    async with box.client.get(f"{box.shop}/console/box", headers=headers) as answer:
        page = html.unescape(await answer.text())
    assert "Alle Plätze im WLAN sind belegt." in page
    assert f'<small lang="en">{FULL.text}</small>' in page
    assert "Die Box wird heiß." in page
    assert HOT.text not in page
    assert "Ein Gerät antwortet nicht. Stecker und Einstellungen prüfen; der Verkauf geht weiter." in page
    assert DEVICE.text in page
