"""The stall owner's phone: it opens the console over this Wi-Fi and keeps its mobile data for the card reader."""

from __future__ import annotations

import pytest

from appliance.core.probes import PROBES
from provisioning.doctor.verdict import Verdict
from tests.box import CARD
from tests.netns.phones import PORTAL, Phone
from tests.netns.world import World

pytestmark = pytest.mark.netns


def test_never_told_success(phone: Phone) -> None:
    """Paired with the owner card, no system's probe finds internet, whatever its owner taps; before, it may."""
    phone.ask(f"{PORTAL}/ok")
    assert Verdict.INTERNET in {phone.finds(probe) for probe in PROBES}
    phone.pair(CARD)
    phone.ask(f"{PORTAL}/ok")
    assert {phone.finds(probe) for probe in PROBES} == {Verdict.SIGN_IN}


def test_known_again(stall: World, phone: Phone) -> None:
    """After a restart of the box it is still the owner's, before it has opened the console."""
    phone.pair(CARD)
    stall.restart()
    assert {phone.finds(probe) for probe in PROBES} == {Verdict.SIGN_IN}
