"""The clock-reset paper: by the root's threshold, for one box."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.core import envelope, trust
from appliance.core.envelope import Kind
from appliance.core.keys import write_key_file
from appliance.errors import KeyFileError, PaperError
from provisioning.clock_reset import clock_reset
from provisioning.keys import Keyring
from provisioning.quickstart import Started
from tests.organizer import NOW, Organizer, key
from tests.provisioning.conftest import Type, answered
from tests.provisioning.issuers import stall_of


def two_of_three(tmp_path: Path) -> trust.Trust:
    keys = [key(name).public.did for name in ("root", "second root", "third root")]
    return trust.parse(Organizer(tmp_path).trust_payload(root={"keys": keys, "threshold": 2}))


def test_it_says_what_formats_say(tmp_path: Path) -> None:
    """The payload has FORMATS §2.5's four fields, under its own payload type, signed by the threshold."""
    document = two_of_three(tmp_path)
    signed = clock_reset(key("box").public.id, 3, NOW, document, [key("third root"), key("root")])
    read = envelope.read(signed, Kind.CLOCK_RESET)
    assert json.loads(read.payload) == {
        "spec": 1,
        "box": key("box").public.id,
        "n": 3,
        "issued": "2026-11-30T00:53:20Z",
    }
    assert json.loads(signed)["payloadType"] == "application/vnd.stallbox.clock-reset.v1+json"
    assert document.is_met_by(read)


def test_too_few_or_foreign_keys_are_refused(tmp_path: Path) -> None:
    """One of two, one twice, or a stranger's: no paper is made."""
    document = two_of_three(tmp_path)
    for keys in ([key("root")], [key("root"), key("root")], [key("root"), key("creator")]):
        with pytest.raises(PaperError) as refusal:
            clock_reset(key("box").public.id, 1, NOW, document, keys)
        assert refusal.value.code == "doc-threshold"


def test_it_is_for_a_box_of_the_event(tmp_path: Path) -> None:
    """Another box's id is `doc-role`, and resets are counted from 1."""
    document = two_of_three(tmp_path)
    keys = [key("root"), key("second root")]
    with pytest.raises(PaperError) as refusal:
        clock_reset(key("creator").public.id, 1, NOW, document, keys)
    assert refusal.value.code == "doc-role"
    with pytest.raises(PaperError):
        clock_reset(key("box").public.id, 0, NOW, document, keys)


def test_root_keys_are_found_where_they_lie(started: Started, tmp_path: Path) -> None:
    """As many root keys as the threshold are opened; with too few here it is said where they belong."""
    workspace, document = started.workspace, two_of_three(tmp_path)
    ring = Keyring(lambda name: name)
    (workspace.keys / "one.key").write_bytes(write_key_file(key("third root"), None))
    (workspace.keys / "one.key").chmod(0o600)
    with pytest.raises(KeyFileError) as refusal:
        ring.root_threshold(workspace, document)
    assert "2 root keys must sign this and 1 are here" in refusal.value.detail
    (workspace.keys / "two.key").write_bytes(write_key_file(key("root"), None))
    (workspace.keys / "two.key").chmod(0o600)
    found = ring.root_threshold(workspace, document)
    assert {one.public.did for one in found} == {key("root").public.did, key("third root").public.did}


async def test_a_box_takes_it_once(started: Started, tmp_path: Path, type_: Type) -> None:
    """The box hears the paper that the command wrote; the same one again is no news."""
    at = ("--workspace", started.workspace.folder)
    answered(type_("paper", "clock-reset", "Stall 7", "--n", 1, "-o", "reset.dsse.json", "--json", *at))
    async with stall_of(started, tmp_path) as stall:
        taken = [await stall.papers.ingest(tmp_path / "reset.dsse.json") for _ in range(2)]
    assert [paper.answer() for paper in taken] == [
        {"paper": "clock-reset", "version": 1, "news": True},
        {"paper": "clock-reset", "version": 1, "news": False},
    ]


def test_clock_reset_as_it_is_typed(started: Started, tmp_path: Path, type_: Type) -> None:
    """The command writes the paper for the box that is named."""
    at = ("--workspace", started.workspace.folder)
    words = ("paper", "clock-reset", "stall-7", "--n", 2, "--at", "2026-12-05T09:00:00Z", "-o", "reset.dsse.json")
    made = answered(type_(*words, "--json", *at))
    assert (made["box"], made["issued"]) == (started.box.box.key.id, "2026-12-05T09:00:00Z")
    payload = json.loads(envelope.read((tmp_path / "reset.dsse.json").read_bytes(), Kind.CLOCK_RESET).payload)
    assert (payload["box"], payload["n"], payload["issued"]) == (made["box"], 2, made["issued"])
    assert type_("paper", "clock-reset", "stall-9", "--n", 1, "-o", "x.dsse.json", *at).exit_code == 1
    assert type_("paper", "clock-reset", "stall-7", "--n", 1, "-o", "x.json", *at).exit_code == 2
    assert type_("paper", "clock-reset", "stall-7", "--n", 0, "-o", "x.dsse.json", *at).exit_code == 2
