"""The courier paper: by the root's threshold, for one event and a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.core import courier as paper
from appliance.core import envelope, trust
from appliance.core.courier import Courier
from appliance.core.envelope import Kind
from appliance.errors import PaperError
from provisioning.courier import courier
from provisioning.quickstart import Started
from tests.organizer import DAY, NOW, Organizer, key
from tests.provisioning.conftest import Type, answered


def test_it_says_what_formats_say(tmp_path: Path) -> None:
    """The payload has FORMATS §2.5's three fields, under its own payload type, signed by the threshold."""
    document = trust.parse(Organizer(tmp_path).trust_payload())
    signed = courier(NOW + DAY, NOW, document, [key("root")])
    read = envelope.read(signed, Kind.COURIER)
    assert json.loads(read.payload) == {"spec": 1, "event": "nmb-2026-12", "expires": "2026-12-01T00:53:20Z"}
    assert paper.parse(read.payload) == Courier("nmb-2026-12", NOW + DAY)
    assert json.loads(signed)["payloadType"] == "application/vnd.stallbox.courier.v1+json"


def test_refused(tmp_path: Path) -> None:
    """No paper is made by a stranger's key, or for a time that has passed."""
    document = trust.parse(Organizer(tmp_path).trust_payload())
    for expires, signer, code in ((NOW + DAY, key("creator"), "doc-threshold"), (NOW, key("root"), "doc-expired")):
        with pytest.raises(PaperError) as refusal:
            courier(expires, NOW, document, [signer])
        assert refusal.value.code == code


def test_as_it_is_typed(started: Started, tmp_path: Path, type_: Type) -> None:
    """The command writes the paper; it wants a time, and a name that boxes know."""
    at = ("--workspace", started.workspace.folder)
    words = ("paper", "courier", "--until", "2099-12-06T20:00:00Z", *at)
    made = answered(type_(*words, "-o", "courier.dsse.json", "--json"))
    read = envelope.read((tmp_path / "courier.dsse.json").read_bytes(), Kind.COURIER)
    assert paper.parse(read.payload).event == made["event"]
    assert type_(*words, "-o", "courier.json").exit_code == 2
    assert type_("paper", "courier", "-o", "courier.dsse.json", *at).exit_code == 2
