"""Bundles: the layout, what a box adopts of them, and what is refused before anything is written."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from appliance.core import allotment, certificate, envelope, manifest, trust
from appliance.core.documents import digest
from appliance.core.envelope import Kind
from appliance.errors import PaperError, WorkspaceError
from provisioning import boxes, roster
from provisioning.bundle import bundle
from provisioning.drops import DropFolder
from provisioning.keys import Keyring
from provisioning.quickstart import Started
from provisioning.trust import sign
from tests.organizer import NOW


def _bundle(started: Started, into: Path) -> Path:
    folder = DropFolder(started.workspace.drop("harbour-lights"))
    return bundle(started.workspace, folder, started.box.box, into, lambda _: None)


def test_a_bundle_has_the_layout_of_the_formats(started: Started) -> None:
    """Manifest, every trust document since the pin, every allotment, the box's certificates, the files."""
    box = started.box.box.key.id
    found = sorted(path.relative_to(started.bundle).as_posix() for path in started.bundle.rglob("*") if path.is_file())
    assert started.bundle.name == "harbour-lights-v1.drop"
    assert found == [
        "allotment.1.dsse.json",
        f"certificates.{box}.ndjson",
        "files/01-pier.jpg",
        "files/cover.jpg",
        "files/night/02-boats.jpg",
        "manifest.dsse.json",
        "trust.1.dsse.json",
    ]


def test_a_box_finds_everything_in_it(started: Started) -> None:
    """From the pin to the last file each step holds by the core's own rules."""
    path, box = started.bundle, started.box.box.key.id
    chain = trust.extend(None, started.box.pin, [_read(path / "trust.1.dsse.json", Kind.TRUST)], NOW).chain
    assert chain is not None
    signed = _read(path / "manifest.dsse.json", Kind.DROP)
    packed = manifest.parse(signed.payload)
    manifest.check_signer(packed, signed, chain.current)
    epochs = allotment.extend(None, [_read(path / "allotment.1.dsse.json", Kind.ALLOTMENT)], packed, chain)
    assert epochs is not None
    assert epochs.current.numbers(box) == frozenset(range(1, 11))
    lines = (path / f"certificates.{box}.ndjson").read_bytes().split(b"\n")[:-1]
    assert [certificate.read(line).copy.number for line in lines] == list(range(1, 11))
    assert all(digest((path / "files" / item.path).read_bytes()) == item.sha256 for item in packed.files)


def _read(path: Path, kind: Kind) -> envelope.Envelope:
    return envelope.read(path.read_bytes(), kind)


def test_a_box_gets_only_its_own_certificates(started: Started, photos: Path) -> None:
    """A stolen box holds no other stall's numbers."""
    workspace = started.workspace
    root = Keyring(lambda name: name).root(workspace)
    other = boxes.add(workspace, "Stall 8", root, now=NOW)
    with pytest.raises(WorkspaceError, match="no numbers of harbour-lights"):
        bundle(workspace, DropFolder(workspace.drop("harbour-lights")), other.box, photos.parent, lambda _: None)


def test_a_bundle_brings_newer_trust_documents(started: Started, tmp_path: Path) -> None:
    """After a change, the next bundle carries every version since the box's pin."""
    boxes.add(started.workspace, "Stall 8", Keyring(lambda name: name).root(started.workspace), now=NOW)
    path = _bundle(started, tmp_path / "out")
    assert sorted(found.name for found in path.glob("trust.*")) == ["trust.1.dsse.json", "trust.2.dsse.json"]


def test_a_bundle_is_replaced_by_its_like(started: Started, tmp_path: Path) -> None:
    """Writing it again leaves one bundle and no rest of the work."""
    first = _bundle(started, tmp_path / "out")
    (first / "files" / "old.jpg").touch()
    assert _bundle(started, tmp_path / "out") == first
    assert [path.name for path in (tmp_path / "out").iterdir()] == [first.name]
    assert not (first / "files" / "old.jpg").exists()


def test_nothing_else_is_replaced(started: Started, tmp_path: Path) -> None:
    """A folder of that name which is no bundle stays."""
    taken = tmp_path / "out" / "harbour-lights-v1.drop"
    taken.mkdir(parents=True)
    (taken / "diary.txt").write_text("mine")
    with pytest.raises(WorkspaceError, match="no bundle"):
        _bundle(started, tmp_path / "out")
    assert (taken / "diary.txt").read_text() == "mine"


def test_a_file_that_changed_since_packing_is_refused(started: Started, photos: Path, tmp_path: Path) -> None:
    """No bundle is left behind, and the sentence says what to do."""
    (photos / "01-pier.jpg").write_bytes(b"another")
    with pytest.raises(PaperError) as refused:
        _bundle(started, tmp_path / "out")
    assert refused.value.code == "wrong-digest"
    assert "pack the drop again" in refused.value.detail
    assert not list((tmp_path / "out").glob("*.drop"))


def test_a_file_that_has_gone_is_refused(started: Started, photos: Path, tmp_path: Path) -> None:
    """By its name."""
    (photos / "01-pier.jpg").unlink()
    with pytest.raises(PaperError) as refused:
        _bundle(started, tmp_path / "out")
    assert refused.value.code == "missing-file"
    assert "01-pier.jpg" in refused.value.detail


def test_a_revoked_creators_drop_is_not_bundled(started: Started, tmp_path: Path) -> None:
    """What every box would refuse is refused here."""
    workspace = started.workspace
    held = roster.load(workspace)
    revoked = frozenset({held.creators[0].key.did})
    roster.save(workspace, dataclasses.replace(held, revoked_keys=revoked))
    sign(workspace, [Keyring(lambda name: name).root(workspace)], NOW)
    with pytest.raises(PaperError) as refused:
        _bundle(started, tmp_path / "out")
    assert refused.value.code == "doc-role"


def test_the_advice_can_be_pasted(started: Started, tmp_path: Path) -> None:
    """A name with a blank is quoted, and the numbers lie in the edition and are nobody's; else releases are needed."""
    workspace = started.workspace
    other = boxes.add(workspace, "Stall 8", Keyring(lambda name: name).root(workspace), now=NOW)
    folder = DropFolder(workspace.drop("harbour-lights"))
    with pytest.raises(WorkspaceError, match="stallbox release"):
        bundle(workspace, folder, other.box, tmp_path, lambda _: None)
    (folder.path / "allotment.1.dsse.json").unlink()
    with pytest.raises(WorkspaceError, match="allot harbour-lights 'Stall 8=1-10'"):
        bundle(workspace, folder, other.box, tmp_path, lambda _: None)
