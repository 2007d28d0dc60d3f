"""The workspace's trust chain: the next version says what the roster says, and a box would adopt it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from appliance.core import envelope
from appliance.core import trust as core
from appliance.core.envelope import Kind
from appliance.core.keys import PrivateKey
from appliance.core.trust import Creator
from appliance.errors import PaperError, WorkspaceError
from provisioning import boxes, roster, trust
from provisioning.keys import Keyring
from provisioning.quickstart import Started
from tests.organizer import DAY, NOW, key


def _root(started: Started) -> PrivateKey:
    return Keyring(lambda name: name).root(started.workspace)


def _creator(name: str) -> Creator:
    return Creator(key(name).public, key(name).public.did, name, ("*",))


def test_nothing_new_is_not_signed_again(started: Started) -> None:
    """While the roster says the same and the document lives on, `trust sign` makes nothing."""
    assert not trust.pending(started.workspace)
    document, made = trust.sign(started.workspace, [_root(started)], NOW + DAY)
    assert (document.version, made) == (1, False)


def test_a_change_makes_the_next_version(started: Started) -> None:
    """Who is added to the roster is in force with the next document, which a box adopts after the first."""
    workspace = started.workspace
    roster.save(workspace, roster.with_creator(roster.load(workspace), _creator("Ben")))
    assert trust.pending(workspace)
    document, made = trust.sign(workspace, [_root(started)], NOW + DAY)
    assert (document.version, made) == (2, True)
    assert [creator.name for creator in document.creators] == ["Ana Reyes", "Ben"]
    step = core.extend(None, started.box.pin, trust.envelopes(workspace), NOW + DAY)
    assert step.fault is None
    assert step.chain is not None
    assert step.chain.current == document


def test_a_document_that_ends_soon_is_renewed(started: Started) -> None:
    """Less than 90 days before its end, the same roster is signed again for a year."""
    now = NOW + 280 * DAY
    document, made = trust.sign(started.workspace, [_root(started)], now)
    assert (document.version, made, document.expires) == (2, True, now + 365 * DAY)


def test_another_key_than_the_root_signs_nothing(started: Started) -> None:
    """What a box would refuse is not kept."""
    workspace = started.workspace
    roster.save(workspace, roster.with_creator(roster.load(workspace), _creator("Ben")))
    with pytest.raises(PaperError) as refused:
        trust.sign(workspace, [key("stranger")], NOW)
    assert refused.value.code == "doc-threshold"
    assert not workspace.trust(2).exists()


def test_a_bundle_gets_every_version_since_its_pin(started: Started) -> None:
    """The second box begins at the second document: it needs no older one."""
    second = boxes.add(started.workspace, "Stall 8", _root(started), now=NOW)
    assert [version for version, _ in trust.since(started.workspace, started.box.pin)] == [1, 2]
    [(version, data)] = trust.since(started.workspace, second.pin)
    assert version == 2
    assert envelope.read(data, Kind.TRUST).digest == second.pin
    with pytest.raises(WorkspaceError, match="not in this workspace"):
        trust.since(started.workspace, "0" * 64)


def test_a_missing_version_is_said(started: Started) -> None:
    """A workspace that lost a document does not go on as if it had not."""
    boxes.add(started.workspace, "Stall 8", _root(started), now=NOW)
    boxes.add(started.workspace, "Stall 9", _root(started), now=NOW)
    started.workspace.trust(2).unlink()
    with pytest.raises(PaperError) as refused:
        trust.chain(started.workspace)
    assert refused.value.code == "doc-gap"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"event": "NO"}, "event"),
        ({"boxes": [{"key": "did:key:zX", "name": "1"}]}, "boxes"),
        ({"kind": "other"}, "not a workspace"),
        ({"more": 1}, "more"),
    ],
)
def test_a_roster_that_was_edited_badly_is_refused(started: Started, fields: dict[str, object], said: str) -> None:
    """organizer.json may be edited by hand: what cannot stand is named before anything is signed."""
    path = started.workspace.roster
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    with pytest.raises(WorkspaceError, match=said):
        roster.load(started.workspace)


def test_a_roster_is_not_saved_with_two_creators_of_one_origin(started: Started) -> None:
    """The rules of trust documents hold for the roster already."""
    held = roster.load(started.workspace)
    twin = dataclasses.replace(_creator("Ben"), origin=held.creators[0].origin)
    with pytest.raises(WorkspaceError, match="one origin"):
        roster.save(started.workspace, roster.with_creator(held, twin))
    assert roster.load(started.workspace) == held


def test_people_are_found_by_name_or_slug(started: Started) -> None:
    """Who is not there, or not the only one, is asked for with the names that there are."""
    held = roster.load(started.workspace)
    assert roster.box_named(held, "stall-7") == roster.box_named(held, "Stall 7")
    with pytest.raises(WorkspaceError, match="Stall 7"):
        roster.box_named(held, "stall-9")
    two = roster.with_creator(held, _creator("Ben"))
    assert roster.creator_named(two, "ana-reyes").name == "Ana Reyes"
    with pytest.raises(WorkspaceError, match="Ana Reyes, Ben"):
        roster.creator_named(two, None)
